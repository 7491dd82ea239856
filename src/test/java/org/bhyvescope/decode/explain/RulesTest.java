package org.bhyvescope.decode.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.decode.explain.Texts.amd;
import static org.bhyvescope.decode.explain.Texts.amd14;
import static org.bhyvescope.decode.explain.Texts.intel;
import static org.bhyvescope.decode.explain.Texts.stats;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule with a text on which it finds something, and one that is nearly the same on which it must not. */
class RulesTest {
    private static final String TOTAL = "total number of vm exits";
    private static final String EMULATION = "vm exits for instruction emulation";
    private static final String USERSPACE = "number of vm exits handled in userspace";
    private static final String INOUT = "number of times in/out was intercepted";
    private static final String PAUSE = "number of times pause was intercepted";
    private static final String EXTERNAL = "vm exits due to external interrupt";
    private static final String IDLE_REQUESTED = "number of times idle requested at exit";
    private static final String WRMSR = "number of times wrmsr was intercepted";
    private static final String UNKNOWN = "number of vm exits for unknown reason";
    private static final String ACTIVE = "active cpus:\t 0, 1";
    private static final String FROM_15 = "ID  Length      Name\n8   16384B      bootrom\n";
    private static final String STOPPED = ACTIVE + "\nsuspended cpus:\t 0, 1";
    private static final String KERNEL_SS = "ss desc[0]\t0x0000000000000000/0x00000000/0x00004093";
    private static final String USER_SS = "ss desc[0]\t0x0000000000000000/0xffffffff/0x0000c0f3";
    private static final String LONG_MODE =
            "efer[0]\t\t0x0000000000001d01\ncr0[0]\t\t0x0000000080050033\ncs desc[0]\t0x0/0x00000000/0x0000209b";
    private static final String MAP = "Address     Length      Segment     Offset      Prot  Flags\n"
            + "0           3072MB      sysmem      0           RWX    ";
    private static final String SVM_ABORT = """
            vm exit[0]
            \treason\t\tSVM
            \trip\t\t0x00000000fffee1ec
            \tinst_length\t0
            \texitcode\t0x402
            \texitinfo1\t0
            \texitinfo2\t0
            """;

    static Stream<Arguments> cases() {
        return Stream.of(
                of("bhyve-aborted-on-exit", SVM_ABORT, "rdmsr to register 0x140 on vcpu 0\n"),
                of(
                        "emulation-failed",
                        "Failed to emulate instruction [0x0f 0xae 0x3b] at 0xffffffff8104bb80\n",
                        "Unhandled memory access to 0xfed40000\n"),
                of(
                        "unhandled-access",
                        "Unhandled memory access to 0xfed40000\n",
                        "Failed to emulate instruction [0x0f 0xae 0x3b] at 0xffffffff8104bb80\n"),
                of("exit-status", "Feb 06 17:05:30: bhyve exited with status 71\n", SVM_ABORT),
                of("vm-suspended", amd(ACTIVE, "suspended cpus:\t 0, 1"), amd(ACTIVE, "suspended cpus:\t 1")),
                of("vcpus-still-stopping", amd(ACTIVE, "suspended cpus:\t 1"), amd(ACTIVE, "suspended cpus:\t (none)")),
                of("vm-went-away", amd("errno = 6"), amd("errno = 22")),
                of("entry-failed-guest-state", intel("exit_reason[0]\t0x80000021"), intel("exit_reason[0]\t0x20")),
                of("entry-failed-otherwise", intel("exit_reason[0]\t0x80000022"), intel("exit_reason[0]\t0x80000021")),
                of("vmcb-refused", amd("exit_reason[0]\t0xffffffffffffffff"), amd("exit_reason[0]\t0xffffffff")),
                of("triple-fault", intel("exit_reason[0]\t0x2"), amd("exit_reason[0]\t0x2")),
                of("shutdown-ud-loop", amd14("exit_reason[0]\t0x7f"), amd("exit_reason[0]\t0x7f")),
                of("shutdown-abort", amd("exit_reason[0]\t0x7f"), amd14("exit_reason[0]\t0x7f")),
                of("machine-check", amd("exit_reason[0]\t0x52"), amd("exit_reason[0]\t0x51")),
                of(
                        "machine-check",
                        intel("vmcs_exit_interruption_info[0]\t0x0000000080000312", "exit_reason[0]\t0"),
                        intel("vmcs_exit_interruption_info[0]\t0x000000008000030e", "exit_reason[0]\t0")),
                of("machine-check", intel("exit_reason[0]\t0x80000029"), intel("exit_reason[0]\t0x80000022")),
                of("machine-check-abort", FROM_15 + amd("exit_reason[0]\t0x52"), amd("exit_reason[0]\t0x52")),
                of(
                        "nested-tables-reserved-bit",
                        amd("exitinfo1[0]\t0x0000000100000008", "exit_reason[0]\t0x400"),
                        amd("exitinfo1[0]\t0x0000000100000004", "exit_reason[0]\t0x400")),
                of(
                        "fetch-outside-memory",
                        MAP + "\n"
                                + amd(
                                        "exitinfo1[0]\t0x0000000100000014",
                                        "exitinfo2[0]\t0x00000000fee00000",
                                        "exit_reason[0]\t0x400"),
                        MAP + "\n"
                                + amd(
                                        "exitinfo1[0]\t0x0000000100000014",
                                        "exitinfo2[0]\t0x0000000000100000",
                                        "exit_reason[0]\t0x400")),
                of(
                        "fetch-outside-memory",
                        MAP + "\n"
                                + intel(
                                        "vmcs_exit_qualification[0]\t0x0000000000000184",
                                        "gpa[0]\t\t0x00000000fee00000",
                                        "exit_reason[0]\t0x30"),
                        MAP + "\n"
                                + intel(
                                        "vmcs_exit_qualification[0]\t0x0000000000000182",
                                        "gpa[0]\t\t0x00000000fee00000",
                                        "exit_reason[0]\t0x30")),
                of(
                        "fetch-outside-memory",
                        MAP + "\n"
                                + intel(
                                        "vmcs_exit_qualification[0]\t0x0000000000000081",
                                        "gpa[0]\t\t0x00000000fee00000",
                                        "exit_reason[0]\t0x30"),
                        MAP + "\n"
                                + intel(
                                        "vmcs_exit_qualification[0]\t0x0000000000000181",
                                        "gpa[0]\t\t0x00000000fee00000",
                                        "exit_reason[0]\t0x30")),
                of("exit-unhandled", amd("exit_reason[0]\t0x63"), amd("exit_reason[0]\t0x400")),
                of("exit-code-unknown", amd("exit_reason[0]\t0x2ff"), amd("exit_reason[0]\t0x60")),
                of("exit-handled", amd14("exit_reason[0]\t0x88"), amd("exit_reason[0]\t0x401")),
                of(
                        "exit-handled",
                        amd("exit_reason[0]\t0x78", ACTIVE, "suspended cpus:\t 0, 1"),
                        amd("exit_reason[0]\t0x78", ACTIVE, "suspended cpus:\t (none)")),
                of("exit-handled", amd("exit_reason[0]\t0x400", STOPPED), amd("exit_reason[0]\t0x400")),
                of(
                        "exit-handled",
                        amd("exit_reason[0]\t0x78", "rflags[0]\t0x0000000000000246", STOPPED),
                        amd("exit_reason[0]\t0x78", "rflags[0]\t0x0000000000000046", STOPPED)),
                of("exit-handled", amd("exit_reason[0]\t0x72", STOPPED), amd("exit_reason[0]\t0x7b", STOPPED)),
                of("exit-handled", amd("exit_reason[0]\t0x72"), amd("exit_reason[0]\t0x72") + SVM_ABORT),
                of(
                        "queued-not-delivered",
                        amd("current:\texception vector 6", STOPPED),
                        amd("current:\texception vector 6", ACTIVE, "suspended cpus:\t 1")),
                of("queued-not-delivered", amd("current:\textint vector 32", STOPPED), amd("current:\tn/a", STOPPED)),
                of(
                        "guest-asked-for-the-end",
                        amd("exitinfo1[0]\t0x0000000004040220", "exit_reason[0]\t0x7b", STOPPED),
                        amd("exitinfo1[0]\t0x0000000004040221", "exit_reason[0]\t0x7b", STOPPED)),
                of(
                        "guest-asked-for-the-end",
                        intel("vmcs_exit_qualification[0]\t0x000000000cf90000", "exit_reason[0]\t0x1e", STOPPED),
                        intel("vmcs_exit_qualification[0]\t0x000000000cf90000", "exit_reason[0]\t0x1e")),
                of(
                        "exit-is-the-dumps-own",
                        amd("exit_reason[0]\t0x60", ACTIVE, "suspended cpus:\t (none)"),
                        amd("exit_reason[0]\t0x60", ACTIVE, "suspended cpus:\t 0, 1")),
                of(
                        "icebp-ud",
                        amd14("exit_reason[0]\t0x88", "current:\texception vector 6"),
                        intel("exit_reason[0]\t0x88")),
                of(
                        "halted-interrupts-off",
                        amd("rflags[0]\t0x0000000000000046", "exit_reason[0]\t0x78"),
                        amd("rflags[0]\t0x0000000000000246", "exit_reason[0]\t0x78")),
                of("double-fault", amd("pending:\texception vector 8 errcode 0"), amd("pending:\texception vector 14")),
                of(
                        "double-fault",
                        amd("exitintinfo[0]\t0x0000000080000b08"),
                        amd("exitintinfo[0]\t0x0000000000000b08")),
                of(
                        "single-step-in-kernel",
                        amd(LONG_MODE, KERNEL_SS, "rflags[0]\t0x0000000000040193"),
                        amd(LONG_MODE, USER_SS, "rflags[0]\t0x0000000000040193")),
                of(
                        "single-step-in-program",
                        amd(LONG_MODE, USER_SS, "rflags[0]\t0x0000000000000302"),
                        amd(LONG_MODE, USER_SS, "rflags[0]\t0x0000000000000202")),
                of(
                        "control-block-zero",
                        amd(
                                "cr_intercept[0]\t0x00000000",
                                "inst1_intercept[0]\t0x00000000",
                                "inst2_intercept[0]\t0x00000000"),
                        amd(
                                "cr_intercept[0]\t0x00000000",
                                "inst1_intercept[0]\t0x00000000",
                                "inst2_intercept[0]\t0x00000001")),
                of("hardware-breakpoints", amd("dr7[0]\t\t0x0000000000000401"), amd("dr7[0]\t\t0x0000000000000400")),
                of(
                        "mmio-dominates",
                        stats(0, TOTAL, 10_000, EMULATION, 4_500),
                        stats(0, TOTAL, 10_000, EMULATION, 100)),
                of(
                        "bars-trapped",
                        stats(0, TOTAL, 10_000, EMULATION, 4_500, USERSPACE, 4_000, IDLE_REQUESTED, 100),
                        stats(0, TOTAL, 10_000, EMULATION, 4_500, USERSPACE, 4_000, IDLE_REQUESTED, 3_500)),
                of(
                        "bars-trapped",
                        stats(0, TOTAL, 10_000, EMULATION, 4_500, USERSPACE, 4_000, INOUT, 500, PAUSE, 500),
                        stats(0, TOTAL, 10_000, EMULATION, 4_500, USERSPACE, 4_000, INOUT, 2_000, PAUSE, 1_500)),
                of("pause-loop", stats(0, TOTAL, 10_000, PAUSE, 3_500), stats(0, TOTAL, 900, PAUSE, 800)),
                of("port-polling", stats(0, TOTAL, 10_000, INOUT, 3_500), stats(0, TOTAL, 10_000, INOUT, 1_500)),
                of(
                        "host-interrupts-only",
                        stats(0, TOTAL, 10_000, EXTERNAL, 9_990),
                        stats(0, TOTAL, 10_000, EXTERNAL, 8_000)),
                of("unknown-exits", stats(0, TOTAL, 10_000, UNKNOWN, 1), stats(0, TOTAL, 10_000, UNKNOWN, 0)),
                of(
                        "unaccounted-exits",
                        stats(0, TOTAL, 10_000, EMULATION, 9_000),
                        stats(0, TOTAL, 10_000, EMULATION, 9_990)),
                of(
                        "stopped-by-readers",
                        stats(0, TOTAL, 10_000, IDLE_REQUESTED, 2_000),
                        stats(0, TOTAL, 10_000, IDLE_REQUESTED, 20)),
                of("counters-all-zero", stats(0, TOTAL, 0, EMULATION, 0), stats(0, TOTAL, 1, EMULATION, 0)),
                of(
                        "vcpu-never-started",
                        stats(0, TOTAL, 10_000) + stats(1, TOTAL, 0),
                        stats(0, TOTAL, 10_000) + stats(1, TOTAL, 1)),
                of(
                        "vcpu-never-started",
                        stats(0, TOTAL, 10_000) + stats(1, TOTAL, 0) + ACTIVE + "\n",
                        stats(0, TOTAL, 10_000) + stats(1, TOTAL, 0) + "active cpus:\t 0\n"),
                of(
                        "one-vcpu-carries-it",
                        stats(0, TOTAL, 90_000) + stats(1, TOTAL, 5_000) + stats(2, TOTAL, 6_000),
                        stats(0, TOTAL, 9_000) + stats(1, TOTAL, 5_000) + stats(2, TOTAL, 0)),
                of("wired-for-passthrough", MAP + "wired/iommu\n", MAP + "wired\n"),
                of("iommu-but-not-wired", MAP + "iommu\n", MAP + "wired/iommu\n"),
                of(
                        "dump-stops-at-dev-mem",
                        amd("efer[0]\t\t0x0000000000001d01", "msr_bitmap[0]\t\t0x2b0539000")
                                + "Couldn't open /dev/mem: Operation not permitted\nerrno = 1\n",
                        amd("efer[0]\t\t0x0000000000001d01", "msr_bitmap[0]\t\t0x2b0539000") + "errno = 6\n"),
                of(
                        "hlt-not-intercepted",
                        amd("Capability \"hlt_exit\" is not set on vcpu 0"),
                        amd("Capability \"hlt_exit\" is set on vcpu 0")));
    }

    private static Arguments of(String id, String positive, String negative) {
        return Arguments.of(id, positive, negative);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aRuleFindsWhatIsThereAndNothingElse(String id, String positive, String negative) {
        Report with = Texts.report(positive);

        assertThat(ids(with)).contains(id);
        assertThat(ids(Texts.report(negative))).doesNotContain(id);
        Report.Finding finding = with.findings().stream()
                .filter(f -> f.id().equals(id))
                .findFirst()
                .orElseThrow();
        assertThat(finding.evidence()).isNotEmpty().doesNotContain("");
    }

    private static List<String> ids(Report report) {
        return report.findings().stream().map(Report.Finding::id).toList();
    }

    private static Report.Finding found(String text, String id) {
        return Texts.report(text).findings().stream()
                .filter(f -> f.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anExitThatTheKernelHandlesIsNoCause() {
        for (String handled : List.of(
                intel("exit_reason[0]\t0x80000029"),
                intel("vmcs_exit_interruption_info[0]\t0x0000000080000312", "exit_reason[0]\t0"),
                amd("exit_reason[0]\t0x52"))) {
            assertThat(Texts.report(handled).findings())
                    .extracting(Report.Finding::severity)
                    .as(handled)
                    .contains("problem")
                    .doesNotContain("cause");
        }
    }

    /** Where the CPU virtualizes the local APIC, few wrmsr do not tell that its registers are accessed as memory. */
    @Test
    void fewMsrWritesTellOfTheLocalApicOnlyWhereItIsTrapped() {
        String counters = stats(0, TOTAL, 10_000, EMULATION, 4_500, WRMSR, 3).replaceAll("(?m)^VM exits due.*\n", "");
        String says = "does not use x2APIC";

        assertThat(found(stats(0, TOTAL, 10_000, EMULATION, 4_500, WRMSR, 3), "mmio-dominates")
                        .evidence())
                .anyMatch(line -> line.contains(says));
        assertThat(found(intel("procbased_ctls2[0]\t0x00000000000010aa") + counters, "mmio-dominates")
                        .evidence())
                .anyMatch(line -> line.contains(says));
        assertThat(found(intel("procbased_ctls2[0]\t0x00000000000013aa") + counters, "mmio-dominates")
                        .evidence())
                .noneMatch(line -> line.contains(says));
        assertThat(found(intel("rip[0]\t0x0") + counters, "mmio-dominates").evidence())
                .noneMatch(line -> line.contains(says));
    }

    @Test
    void whatWasReadWhileTheVcpuRanSaysSo() {
        String halted = "rflags[0]\t0x0000000000000046\nexit_reason[0]\t0x78";

        assertThat(found(amd(halted), "halted-interrupts-off").evidence())
                .anyMatch(line -> line.contains("at its own moment"));
        assertThat(found(amd(halted, STOPPED), "halted-interrupts-off").evidence())
                .noneMatch(line -> line.contains("at its own moment"));
    }

    @Test
    void everyRuleHasACaseAndARowAndEveryRowARule() {
        Set<String> rules = Rules.ALL.stream().map(Rule::id).collect(Collectors.toSet());

        assertThat(rules).hasSameSizeAs(Rules.ALL);
        assertThat(cases().map(c -> c.get()[0]).collect(Collectors.toSet())).isEqualTo(rules);
        assertThat(FindingTable.load().rows())
                .extracting(FindingTable.Row::id)
                .containsExactlyInAnyOrderElementsOf(rules);
    }

    @Test
    void everyRowHasWordsAndASourceThatNamesAPlace() {
        for (FindingTable.Row row : FindingTable.load().rows()) {
            assertThat(row.title()).as(row.id()).isNotEmpty();
            assertThat(row.text()).as(row.id()).endsWith(".");
            assertThat(row.source())
                    .as(row.id())
                    .matches(
                            ".*(/[a-z_]+\\.[ch] \\w+|vol\\. \\d (section|app\\.) \\w+|\\(8\\) -\\w|Makefile \\w+|\\.h \\w+).*");
        }
    }

    @Test
    void theGravestComeFirstAndTheSameOnSeveralVcpusIsOne() {
        Report report = Texts.report(stats(0, TOTAL, 10_000, PAUSE, 3_500) + stats(3, TOTAL, 10_000, PAUSE, 3_600)
                + "Failed to emulate instruction [0x0f 0xae 0x3b] at 0xffffffff8104bb80\n");

        assertThat(report.findings().get(0).id()).isEqualTo("emulation-failed");
        Report.Finding pause = report.findings().stream()
                .filter(f -> f.id().equals("pause-loop"))
                .findFirst()
                .orElseThrow();
        assertThat(pause.vcpus()).containsExactly(0, 3);
        assertThat(pause.evidence())
                .containsExactly(
                        "vCPU 0: pause: 3,500 of 10,000 exits (35.0 %)",
                        "vCPU 3: pause: 3,600 of 10,000 exits (36.0 %)");
    }
}
