package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainCommandTest {
    private static final String DUMP = """
            rflags[3]\t0x0000000000040193
            rvi/npt[3]\t\t0x00000001c2f4d000
            exit_reason[3]\t0x78
            """;

    @TempDir
    Path directory;

    private record Result(int code, String out, String err) {}

    private static Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    @Test
    void aFileIsExplainedInPlainText() throws IOException {
        Result result = run("explain", file("dump", DUMP));

        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("What this is\n")
                .contains("VMEXIT_HLT")
                .doesNotContain("\u001b");
    }

    @Test
    void colourCanBeAskedFor() throws IOException {
        assertThat(run("explain", "--color=always", file("dump", DUMP)).out())
                .contains("\u001b[1mWhat this is\u001b[0m");
    }

    @Test
    void severalFilesAreOneTextAndTheirVcpusAreCompared() throws IOException {
        String other = DUMP.replace("[3]", "[5]").replace("0x78", "0x60");
        // The first does not end with a newline: its last line must not run into the next file's first.
        Result result = run("explain", "--cpu=5", file("a", DUMP.strip()), file("b", other));

        assertThat(result.out())
                .contains("vCPUs compared")
                .contains("How vCPU 5 stood")
                .contains("0x78 VMEXIT_HLT")
                .contains("0x60 VMEXIT_INTR");
    }

    @Test
    void jsonHoldsTheSame() throws IOException {
        Result result = run("explain", "--json", file("dump", DUMP));
        JsonObject vcpu = JsonParser.parseString(result.out())
                .getAsJsonObject()
                .getAsJsonArray("vcpus")
                .get(0)
                .getAsJsonObject();

        assertThat(vcpu.get("vcpu").getAsInt()).isEqualTo(3);
        assertThat(vcpu.getAsJsonObject("exit").get("name").getAsString()).isEqualTo("VMEXIT_HLT");
    }

    @Test
    void theVendorThatTheUserNamesCountsOnlyWhereTheTextDoesNotTell() throws IOException {
        String untold = DUMP.replaceAll("rvi.*\n", "");

        assertThat(run("explain", file("a", untold)).out()).contains("unknown, nothing in the text tells");
        assertThat(run("explain", "--vendor=intel", file("a", "exit_reason[0]\t0xc\n"))
                        .out())
                .contains("HLT");
        assertThat(run("explain", "--vendor=intel", file("b", DUMP)).out())
                .contains("VMEXIT_HLT")
                .containsPattern("you said intel, which\\s+it cannot be");
    }

    @ParameterizedTest
    @CsvSource({
        "--exit=0x88, amd, VMEXIT_ICEBP",
        "--exit=136, amd, VMEXIT_ICEBP",
        "--exit=-1, amd, VMEXIT_INVALID",
        "--exit=48, intel, EPT violation",
        "--exit=0x2ff, amd, unknown",
        "--rflags=0x40193, amd, CF AF SF TF AC",
        "--pat=0x0007010600070106, amd, PA0 WB",
        "--inst1-intercept=0x1000000, amd, HLT",
        "--exception=6, amd, #UD",
        "--exit-status=3, amd, triple fault",
    })
    void aSingleValueIsExplained(String flag, String vendor, String wanted) {
        Result result = run("explain", flag, "--vendor=" + vendor);

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains(wanted);
    }

    @Test
    void anExitOfNoSaidVendorIsExplainedForBothAndItsInformationDecoded() {
        assertThat(run("explain", "--exit=0x1e").out()).contains("on amd", "on intel", "I/O instruction");
        assertThat(run("explain", "--vendor=amd", "--exit=0x400", "--exitinfo1=0x100000006", "--exitinfo2=0xfee000b0")
                        .out())
                .contains("a write", "local APIC");
    }

    @ParameterizedTest
    @CsvSource({
        "--exit=zz, '--exit=zz: must be a number of 64 bits, as 0x88 or 136'",
        "--rflags, '--rflags: needs a value, as --rflags=0x0'",
        "--nonsense=1, '--nonsense=1: unknown flag, and no register, control word or enumeration'",
        "--exitinfo1=1, 'exit information needs the exit that it is of: add --exit=CODE'",
        "--vendor=via, '--vendor=via: must be amd or intel'",
        "--cpu=x, '--cpu=x: must be the number of a vCPU'",
        "--color=red, '--color=red: must be auto, always or never'",
    })
    void aBadFlagIsRefusedWithAReason(String flag, String problem) {
        Result result = run("explain", flag);

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("  " + problem + "\n");
    }

    @Test
    void nothingToExplainAndBothAtOnceAreRefused() throws IOException {
        assertThat(run("explain").err()).contains("nothing to explain");
        assertThat(run("explain", "--exit=1", file("dump", DUMP)).err()).contains("do not go together");
    }

    @Test
    void aFileThatIsNotThereAndOneWithNothingInItFail() throws IOException {
        Result missing = run("explain", directory.resolve("no").toString());
        Result other = run("explain", file("letter", "Dear list,\nmy guest hangs.\n"));

        assertThat(missing.code()).isEqualTo(1);
        assertThat(missing.err()).contains("there is no file").contains("no");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err())
                .contains("nothing in it that bhyvectl or bhyve prints")
                .contains("--get-all");
        assertThat(other.out()).contains("my guest hangs.");
    }
}
