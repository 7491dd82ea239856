package org.bhyvescope.decode.explain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.bhyvescope.Captures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every published capture gives a sensible report: no wrong vendor, cut places named, the right findings. */
class CapturesExplainedTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "propolis-378-getall-vcpu0-vmcb.txt | amd | 2 | control-block-zero | state of vCPU 0",
                "propolis-378-getall-vcpu1-registers.txt | unknown | 2 | | state of vCPU 1",
                "propolis-378-getall-vcpu1-stats.txt | unknown | 0 | host-interrupts-only | statistics of vCPU 1",
                "smartos-927-svm-abort-json.txt | amd | 1 | bhyve-aborted-on-exit | before it aborted",
                "xhyve-rhel8-vmx33-tabs-lost.txt | intel | 0 | bhyve-aborted-on-exit entry-failed-guest-state | before it aborted",
                "hyperkit-226-vmx33-vmcs.txt | intel | 0 | bhyve-aborted-on-exit entry-failed-guest-state | before it aborted",
                "xhyve-216-vmx28-vcpu1.txt | intel | 0 | bhyve-aborted-on-exit | before it aborted",
                "boot2docker-xhyve-6-vmx15-staircase.txt | intel | 0 | bhyve-aborted-on-exit | before it aborted",
                "vm-bhyve-261-emulate-fail.txt | unknown | 0 | emulation-failed | messages of bhyve",
                "for-mac-2650-emulate-fail-ctrl-m.txt | intel | 0 | emulation-failed | messages of bhyve",
                "propolis-859-svm-exit-summary.txt | amd | 0 | | counts of VM exits",
                "vm-bhyve-592-exit-status-71.txt | unknown | 0 | exit-status | messages of bhyve",
                "cbsd-442-passthru-start-fails.txt | unknown | 0 | exit-status | messages of bhyve",
                "nomadbsd-131-modify-mmio.txt | unknown | 0 | | nothing that bhyvectl",
                "reference-12.1/errors/devmem-eperm.get-all.merged | amd | 1 | dump-stops-at-dev-mem single-step-in-kernel | state of vCPU 0",
                "reference-12.1/errors/destroyed-midway.get-all.stdout | unknown | 1 | vm-went-away | state of vCPU 0",
                "reference-12.1/errors/killed-midway-4096.get-all.stdout | amd | 1 | vm-suspended single-step-in-kernel | state of vCPU 0",
                "reference-12.1/errors/killed-midway-flushed.get-all.stdout | amd | 1 | vm-suspended | state of vCPU 0",
                "reference-12.1/errors/cpu-inactive.get-stats.stdout | intel | 0 | counters-all-zero | statistics of vCPU 9",
                "reference-12.1/amd-0x88/get-all.cpu5.stdout | amd | 0 | vm-suspended | state of vCPU 5",
                "reference-12.1/intel-idle/get-all.cpu0.stdout | intel | 0 | - | state of vCPU 0",
            })
    void aCaptureIsReadAndExplained(String file, String vendor, int cuts, String findings, String what) {
        Report report = Texts.report(new String(Captures.bytes(file), ISO_8859_1));

        assertThat(report.about().vendor()).isEqualTo(vendor);
        assertThat(report.about().what()).contains(what);
        assertThat(report.about().cuts()).hasSize(cuts);
        List<String> ids = report.findings().stream().map(Report.Finding::id).toList();
        if ("-".equals(findings)) {
            assertThat(ids).isEmpty();
        } else {
            assertThat(ids).contains(findings == null ? new String[0] : findings.split(" ", -1));
        }
    }

    @Test
    void theTablesNameTheCodesOfATracingScript() {
        Report report = Texts.report(new String(Captures.bytes("propolis-859-svm-exit-summary.txt"), ISO_8859_1));

        assertThat(report.exitCounts())
                .extracting(line ->
                        line.name() + " " + line.value() + " " + line.meaning().replaceFirst(":.*", ""))
                .containsExactly(
                        "0x78 16 VMEXIT_HLT",
                        "0x64 514 VMEXIT_VINTR",
                        "0x60 806 VMEXIT_INTR",
                        "0x400 1,065 VMEXIT_NPF",
                        "0x7b 2,611 VMEXIT_IOIO");
    }

    @Test
    void theIntelDumpIsWholeAndItsWordsAreTakenApart() {
        Report report =
                Texts.report(new String(Captures.bytes("reference-12.1/intel-idle/get-all.cpu0.stdout"), ISO_8859_1));
        Report.Vcpu vcpu = report.vcpus().get(0);

        assertThat(report.about().complete()).isTrue();
        assertThat(report.about().release()).isEqualTo("12 to 13");
        assertThat(report.unknown().lines()).isZero();
        assertThat(vcpu.fields()).extracting(Report.Field::kind).doesNotContain("unknown");
        assertThat(vcpu.fields()).filteredOn(f -> f.group().equals("control")).isNotEmpty();
    }

    /** Whatever lies there, the program's own files aside, is read without an exception, in text and JSON. */
    @Test
    void everyFileCanBeExplained() throws IOException {
        try (Stream<Path> files = Files.walk(Captures.path(""))) {
            List<Path> all = files.filter(Files::isRegularFile).toList();
            assertThat(all).hasSizeGreaterThan(60);
            for (Path file : all) {
                Report report = Texts.report(new String(Files.readAllBytes(file), ISO_8859_1));
                StringBuilder json = new StringBuilder();
                ReportJson.write(report, json);
                assertThat(ReportText.of(report, OptionalInt.empty(), Style.PLAIN))
                        .as(file.toString())
                        .startsWith("What this is");
                assertThat(json).startsWith("{");
            }
        }
    }
}
