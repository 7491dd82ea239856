package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalInt;
import org.bhyvescope.dump.Gap;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a script in place of bhyvectl that notes its arguments. */
@Timeout(120)
class BhyvectlStateTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00.5Z");

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();
    private Path nodes = Path.of("");

    @BeforeEach
    void node() throws IOException {
        nodes = Files.createDirectory(dir.resolve("vmm"));
        Files.createFile(nodes.resolve("web0"));
    }

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void aWholeDumpIsAStateWithoutGaps() throws Exception {
        print(Dumps.whole(2, 0x78));

        VcpuState state = (VcpuState) read("exec /bin/cat \"$D/out\"", 2);

        assertThat(Files.readAllLines(dir.resolve("argv"))).containsExactly("--vm=web0 --cpu=2 --get-all");
        assertThat(state.vm()).isEqualTo(vm());
        assertThat(state.wallMillis()).isEqualTo(NOW.toEpochMilli());
        assertThat(state.ofVcpu().value("exit_reason")).hasValue(0x78);
        assertThat(state.dump().vm().rtc().orElseThrow().epochSeconds())
                .isEqualTo(Dumps.rtc().getEpochSecond());
        assertThat(state.dump().errno()).isEmpty();
    }

    @Test
    void withoutDevMemTheFirstPartIsKeptAndTheComplaintSaysWhy() throws Exception {
        print(Dumps.cutAtMsrs(0));

        VcpuState state =
                (VcpuState) read("/bin/cat \"$D/out\"; printf '%s' \"" + Dumps.NO_DEV_MEM + "\" >&2; exit 255", 0);

        assertThat(state.ofVcpu().value("rflags")).hasValue(0x246);
        assertThat(state.ofVcpu().value("exit_reason")).as("printed after it").isEmpty();
        assertThat(state.dump().errno()).isEqualTo(OptionalInt.of(13));
        assertThat(state.ofVcpu().gaps())
                .extracting(Gap::why)
                .anyMatch(why -> why.contains("/dev/mem could not be opened: Permission denied"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no_output       | exit 0",
                "garbled         | echo Lorem ipsum",
                "garbled         | /bin/cat \"$D/out\"",
                "gone            | echo 'vm_open: web0 could not be opened: No such file or directory' >&2; exit 1",
                "gone            | /bin/rm \"$D/vmm/web0\"; echo 'VM:web0 is not created.'; exit 1",
                "denied          | echo 'vm_open: web0 could not be opened: Permission denied' >&2; exit 1",
                "exit_status     | echo 'Usage: bhyvectl --vm=<vmname>' >&2; exit 1",
                "exit_status     | echo 'errno = 22'; exit 255",
                "gone            | echo 'errno = 6'; exit 255",
                "exit_status     | /bin/cat \"$D/mine\"; exit 255",
                "exit_status     | /bin/cat \"$D/out\"; kill -KILL $$",
                "too_much_output | /bin/dd if=/dev/zero bs=2097152 count=1 2>/dev/null",
                "timeout         | exec /bin/sleep 600",
                "replaced        | /bin/cat \"$D/mine\"; /bin/rm \"$D/vmm/web0\"",
            })
    void whatIsNoStateHasACause(String cause, String script) throws Exception {
        print(Dumps.whole(5, 0x78));
        Files.writeString(dir.resolve("mine"), Dumps.whole(0, 0x78), ISO_8859_1);

        Failure failure = (Failure) read(script, 0);

        assertThat(failure.cause().label()).isEqualTo(cause);
    }

    @Test
    void aVmThatIsNotThereAnyMoreIsNotAskedFor() throws Exception {
        VmId before = new VmId("web0", 1, Instant.EPOCH);

        StateReading reading = source("echo no").readState(before, 0, Allowance.of(Scripts.PATIENCE));

        assertThat(((Failure) reading).cause()).isEqualTo(Cause.GONE);
        assertThat(children.starts()).isZero();
    }

    private void print(String text) throws IOException {
        Files.writeString(dir.resolve("out"), text, ISO_8859_1);
    }

    private VmId vm() {
        return new VmDirectory(nodes, name -> true).identify("web0").orElseThrow();
    }

    private StateReading read(String script, int vcpu) throws Exception {
        Duration patience = script.contains("sleep") ? Duration.ofMillis(200) : Scripts.PATIENCE;
        return source(script).readState(vm(), vcpu, Allowance.of(patience));
    }

    private BhyvectlState source(String script) throws IOException {
        Path program =
                Scripts.write(dir.resolve("bhyvectl"), "D='" + dir + "'\necho \"$*\" >>\"$D/argv\"\n" + script + "\n");
        return new BhyvectlState(
                program,
                new VmDirectory(nodes, n -> true),
                new VmChildren(children, false, System::nanoTime),
                InstantSource.fixed(NOW));
    }
}
