package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.dump.FailureText.DENIED;
import static org.bhyvescope.dump.FailureText.MISSING;
import static org.bhyvescope.dump.FailureText.MISSING_OR_DENIED;
import static org.bhyvescope.dump.FailureText.OTHER;
import static org.bhyvescope.dump.FailureText.UNKNOWN_VENDOR;
import static org.bhyvescope.dump.FailureText.USAGE;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.bhyvescope.Captures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTextTest {
    /** Every failure under reference-12.1/errors; statuses 0 are not failures to this class. */
    @ParameterizedTest
    @CsvSource({
        "absent.get-stats, MISSING_OR_DENIED",
        "absent.get-all, MISSING_OR_DENIED",
        "eacces.get-stats, MISSING_OR_DENIED",
        "eperm.get-all, MISSING_OR_DENIED",
        "jail-eperm.get-all, DENIED",
        "jail-eperm.get-active-cpus, DENIED",
        "devmem-eperm.get-all, DENIED",
        "devmem-eacces.get-all, DENIED",
        "devmem-enoent.get-all, MISSING",
        "devmem-mmap.get-all, OTHER",
        "cpu-out-of-range.get-all, OTHER",
        "cpu-negative.get-rip, OTHER",
        "destroyed-midway.get-all, MISSING",
        "killed-midway.get-all, OTHER",
        "killed-midway-4096.get-all, OTHER",
        "killed-midway-flushed.get-all, OTHER",
        "usage-amd, USAGE",
        "usage-intel, USAGE",
        "unknown-option, USAGE",
        "missing-argument, USAGE",
        "intel-option-on-amd, USAGE",
        "ambiguous-option, USAGE",
        "unwanted-argument, USAGE",
        "unknown-cpu-vendor, UNKNOWN_VENDOR"
    })
    void everyFailureOfRelease12IsClassified(String capture, FailureText expected) {
        String stdout = new String(Captures.bytes("reference-12.1/errors/" + capture + ".stdout"), ISO_8859_1);
        String stderr = new String(Captures.bytes("reference-12.1/errors/" + capture + ".stderr"), ISO_8859_1);

        assertThat(of(stdout, stderr)).isEqualTo(expected);
    }

    @Test
    void noFailureOfRelease12IsLeftOut() throws Exception {
        Set<String> tested = new TreeSet<>();
        for (String row : FailureTextTest.class
                .getDeclaredMethod("everyFailureOfRelease12IsClassified", String.class, FailureText.class)
                .getAnnotation(CsvSource.class)
                .value()) {
            tested.add(row.substring(0, row.indexOf(',')));
        }

        assertThat(failures()).isEqualTo(tested);
    }

    private static Set<String> failures() throws IOException {
        Set<String> failures = new TreeSet<>();
        try (DirectoryStream<Path> statuses =
                Files.newDirectoryStream(Captures.path("reference-12.1/errors"), "*.status")) {
            for (Path status : statuses) {
                if (!Files.readString(status).strip().equals("0")) {
                    failures.add(String.valueOf(status.getFileName()).replace(".status", ""));
                }
            }
        }
        return failures;
    }

    @ParameterizedTest
    @CsvSource({
        "No such file or directory, MISSING",
        "Device not configured, MISSING",
        "Permission denied, DENIED",
        "Operation not permitted, DENIED",
        "Too many open files, OTHER",
        "Device busy, OTHER",
        "Cannot allocate memory, OTHER"
    })
    void fromRelease13OnTheReasonIsInTheText(String strerror, FailureText expected) {
        assertThat(of("", "vm_open: web0 could not be opened: " + strerror + "\n"))
                .isEqualTo(expected);
    }

    @Test
    void theHandleOfAVcpuFailsWithItsOwnText() {
        assertThat(of("", "vm_vcpu_open: web0 vcpu 99 could not be opened: Invalid argument\n"))
                .isEqualTo(OTHER);
        assertThat(of("", "vm_vcpu_open: web0 vcpu 1 could not be opened: Device not configured\n"))
                .isEqualTo(MISSING);
    }

    @Test
    void exclusiveActionsAreNoneOfTheKnownFailures() {
        assertThat(of("", "bhyvectl: mutually exclusive actions specified\n")).isEqualTo(OTHER);
    }

    @Test
    void theTextsOfRelease12AreClassifiedOnEitherStream() {
        assertThat(of("VM:web0 is not created.\n", "")).isEqualTo(MISSING_OR_DENIED);
        assertThat(of("", "VM:web0 is not created.\n")).isEqualTo(MISSING_OR_DENIED);
    }

    @Test
    void anUnknownVendorIsClassified() {
        assertThat(of("", "Unknown cpu vendor \"CentaurHauls\"\n")).isEqualTo(UNKNOWN_VENDOR);
    }

    @Test
    void theUsageTextIsClassifiedWithAndWithoutAMessageOfGetopt() {
        assertThat(of("", "bhyvectl: unrecognized option `--get-stats'\nUsage: bhyvectl --vm=<vmname>\n"))
                .isEqualTo(USAGE);
        assertThat(of("", "Usage: bhyvectl --vm=<vmname>\n")).isEqualTo(USAGE);
    }

    @ParameterizedTest
    @CsvSource({"1, DENIED", "13, DENIED", "2, MISSING", "6, MISSING", "5, OTHER", "22, OTHER", "0, OTHER"})
    void theErrorNumberSpeaksWhereThereIsNoText(int errno, FailureText expected) {
        assertThat(of("errno = " + errno + "\n", "")).isEqualTo(expected);
    }

    @Test
    void theErrorNumberAfterWholeStatisticsSpeaksToo() {
        assertThat(of(DumpFixtures.text(DumpFixtures.RISCV_15) + "errno = 6\n", ""))
                .isEqualTo(MISSING);
    }

    @Test
    void silenceIsNoneOfTheKnownFailures() {
        assertThat(of("", "")).isEqualTo(OTHER);
        assertThat(of(DumpFixtures.text(DumpFixtures.AMD_14), "")).isEqualTo(OTHER);
        assertThat(of("Resident memory\t13\n", "Segmentation fault\n")).isEqualTo(OTHER);
    }

    @Test
    void aRightThatIsMissingIsToldFromAVmThatIs() {
        assertThat(of("", "vm_open: a could not be opened: Permission denied\n"))
                .isEqualTo(DENIED);
        assertThat(of("", "vm_open: a could not be opened: No such file or directory\n"))
                .isEqualTo(MISSING);
    }

    private static FailureText of(String stdout, String stderr) {
        BhyvectlText text = BhyvectlParser.parse(stdout.getBytes(ISO_8859_1), StatTable.EMPTY);
        return FailureText.of(stdout, stderr, text.errno());
    }
}
