package org.bhyvescope.decode.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import org.bhyvescope.Captures;
import org.bhyvescope.dump.DumpParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The dump that this project starts from, row by row of its case study: what a chatbot said wrongly of it, said rightly. */
class Case0x88Test {
    private Report report = Texts.report("");
    private String text = "";

    @BeforeEach
    void explain() throws Exception {
        byte[] dump = Captures.bytes("case-0x88/cpu0.get-all.txt");
        report = Texts.EXPLAINER.explain(DumpParser.parse(dump), Optional.empty());
        // Without the page's line breaks, which come where they come.
        text = flat(ReportText.of(report, OptionalInt.empty(), Style.PLAIN));
    }

    private static String flat(String page) {
        return page.replaceAll("\\s+", " ");
    }

    private Report.Vcpu vcpu() {
        return report.vcpus().get(0);
    }

    private Report.Exit exit() {
        Report.Exit exit = vcpu().exit();
        assertThat(exit).isNotNull();
        return java.util.Objects.requireNonNull(exit);
    }

    private Report.Field field(String name) {
        return vcpu().fields().stream()
                .filter(f -> f.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Report.Statistic statistic(String name) {
        return vcpu().statistics().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Report.Finding finding(String id) {
        return report.findings().stream()
                .filter(f -> f.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Report.Line stood(String name) {
        return vcpu().stood().stream()
                .filter(l -> l.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String[] bits(String field) {
        return field(field).bits().stream().map(Report.Bit::name).toArray(String[]::new);
    }

    @Test
    void row01TheExitIsIcebp() {
        assertThat(report.about().vendor()).isEqualTo("amd");
        assertThat(exit().value()).isEqualTo("0x88");
        assertThat(exit().name()).isEqualTo("VMEXIT_ICEBP");
        assertThat(exit().symbol()).isEqualTo("VMCB_EXIT_ICEBP");
        assertThat(exit().meaning()).contains("INT1").contains("F1");
        assertThat(exit().source()).contains("APM vol. 2 app. C");
        assertThat(text).doesNotContain("INSB");
    }

    @Test
    void row02ItIsTheLastExitAndNoCause() {
        assertThat(exit().handling())
                .extracting(Report.Line::name, Report.Line::value)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(
                        "FreeBSD 14 and later", "handled in the kernel, the guest goes on"));
        assertThat(finding("exit-handled").severity()).isEqualTo("note");
        assertThat(finding("exit-handled").notFollowing()).contains("not a cause");
        assertThat(finding("icebp-ud").notFollowing()).contains("did not end the VM");
        assertThat(finding("icebp-ud").text()).contains("queue a #UD");
        assertThat(report.findings()).extracting(Report.Finding::severity).doesNotContain("cause");
        // Normally the guest goes on; not here, where the suspend came before the #UD.
        assertThat(finding("exit-handled").text()).contains("normally the guest goes on");
        assertThat(finding("queued-not-delivered").evidence())
                .containsExactly("suspended", "current: exception, vector 6: #UD");
        assertThat(finding("queued-not-delivered").text())
                .contains("noticed before the event that is queued for this vCPU was injected")
                .contains("this vCPU did not go on");
    }

    @Test
    void row03CurrentIsInvalidOpcodeNotYetDelivered() {
        assertThat(stood("current").value()).contains("vector 6: #UD");
        assertThat(stood("current").meaning()).contains("not yet delivered");
        assertThat(finding("icebp-ud").evidence()).anyMatch(line -> line.contains("vector 6 (#UD)"));
        assertThat(finding("icebp-ud").evidence()).anyMatch(line -> line.startsWith("rip 0xffffd001b2ce151d"));
        assertThat(finding("icebp-ud").notFollowing()).contains("#GP is 13");
    }

    @Test
    void row04EveryVcpuIsSuspendedSoTheVmNoLongerRan() {
        Report.Finding suspended = finding("vm-suspended");

        assertThat(suspended.evidence()).containsExactly("active cpus 0-15", "suspended cpus 0-15");
        assertThat(suspended.text())
                .contains("reset, power-off, halt or triple fault")
                .contains("had been requested");
        assertThat(suspended.notFollowing()).contains("nothing of the host's cores");
    }

    @Test
    void row05TheTotalIsOneVcpusSinceTheVmBegan() {
        assertThat(statistic("total number of vm exits").value()).isEqualTo(3_259_037L);
        assertThat(report.about().what())
                .contains("vCPU 0 and no other")
                .contains("since the VM was created or last reset");
    }

    @Test
    void row06InstructionEmulationIsMmioAndLikelyTheLocalApic() {
        Report.Finding mmio = finding("mmio-dominates");

        assertThat(statistic("vm exits for instruction emulation").share()).isBetween(0.449, 0.451);
        assertThat(mmio.evidence().get(0)).contains("1,465,913 of 3,259,037 exits (45.0 %)");
        assertThat(mmio.evidence())
                .anyMatch(line -> line.contains("wrmsr: 95")
                        && line.contains("does not use x2APIC")
                        && line.contains("the likeliest reading"));
        assertThat(mmio.text())
                .contains("outside guest memory")
                .contains("local APIC, I/O APIC and HPET")
                .contains("BARs");
        assertThat(mmio.next()).contains("Returns to userspace beyond in/out and pause");
        assertThat(report.findings()).extracting(Report.Finding::id).doesNotContain("bars-trapped");
    }

    @Test
    void row07PauseIsASpinLoopThatCosts() {
        Report.Finding pause = finding("pause-loop");

        assertThat(pause.evidence().get(0)).contains("1,138,635");
        assertThat(pause.text()).contains("spins").contains("-P");
        assertThat(pause.notFollowing()).contains("saves no power");
        assertThat(statistic("number of times pause was intercepted").meaning()).contains("-P");
    }

    @Test
    void row08HltIsCountedOnlyWithDashH() {
        assertThat(statistic("number of times hlt was intercepted").value()).isEqualTo(75_539L);
        assertThat(statistic("number of times hlt was intercepted").meaning())
                .contains("HLT")
                .contains("-H");
    }

    @Test
    void row09InOutIsPortIoAndEveryPortIsIntercepted() {
        assertThat(statistic("number of times in/out was intercepted").value()).isEqualTo(492_316L);
        assertThat(statistic("number of times in/out was intercepted").meaning())
                .contains("port")
                .contains("every port");
    }

    @Test
    void row10CpuidRdmsrWrmsr() {
        assertThat(statistic("number of times cpuid was intercepted").value()).isEqualTo(3_735L);
        assertThat(statistic("number of times rdmsr was intercepted").value()).isEqualTo(1_783L);
        assertThat(statistic("number of times wrmsr was intercepted").value()).isEqualTo(95L);
        assertThat(statistic("number of times wrmsr was intercepted").meaning()).contains("x2APIC");
    }

    @Test
    void row11NestedPageFaultsAreMemoryFaultedIn() {
        assertThat(statistic("vm exits due to nested page fault").value()).isEqualTo(610L);
        assertThat(statistic("vm exits due to nested page fault").meaning()).contains("its own memory");
        assertThat(finding("wired-for-passthrough").text()).contains("must stay");
    }

    @Test
    void row12NmisAndExtIntsAreNotAllInterrupts() {
        assertThat(statistic("number of ExtINTs delivered to vcpu").meaning())
                .contains("8259")
                .contains("MSI")
                .contains("not in it");
    }

    @Test
    void row13CrInterceptIsAllButTheUsualOnes() {
        assertThat(field("cr_intercept").summary()).isEqualTo("reads and writes of CR1, CR5-CR7, CR9-CR15");
        assertThat(bits("cr_intercept")).hasSize(22).doesNotContain("CR0 read", "CR0 write", "CR3 read", "CR4 write");
    }

    @Test
    void row14ExceptionBit18IsMachineCheck() {
        for (String field : new String[] {"exc_intercept", "exception_bitmap"}) {
            assertThat(bits(field)).containsExactly("#MC");
            assertThat(field(field).bits().get(0).bits()).isEqualTo("18");
        }
    }

    @Test
    void row15Inst1InterceptBitByBit() {
        assertThat(bits("inst1_intercept"))
                .containsExactly(
                        "INTR",
                        "NMI",
                        "SMI",
                        "INIT",
                        "CPUID",
                        "INVD",
                        "PAUSE",
                        "HLT",
                        "INVLPGA",
                        "IOIO",
                        "MSR",
                        "FERR_FREEZE",
                        "SHUTDOWN");
    }

    @Test
    void row16PatEntryByEntry() {
        assertThat(field("guest_pat").summary())
                .isEqualTo("PA0 WB, PA1 WC, PA2 UC-, PA3 UC, PA4 WB, PA5 WC, PA6 UC-, PA7 UC");
    }

    @Test
    void row17AsidIsATlbTag() {
        assertThat(field("asid").summary()).isEqualTo("2045");
        assertThat(field("asid").meaning()).contains("TLB");
    }

    @Test
    void row18FlagsSayTrapFlagAndInterruptsOffAndNotUserMode() {
        assertThat(field("rflags").summary()).isEqualTo("CF AF SF TF AC");
        assertThat(stood("interrupts").value()).isEqualTo("off");
        assertThat(stood("single-step").value()).isEqualTo("on");
        assertThat(stood("mode").value()).isEqualTo("64-bit long mode");
        assertThat(stood("mode").meaning()).isEqualTo("privilege level 0 (the guest's kernel)");
        assertThat(finding("single-step-in-kernel").notFollowing()).contains("do not tell user mode");
    }

    @Test
    void row19RipIsAGuestVirtualAddressInKernelCode() {
        assertThat(stood("next instruction").meaning()).contains("guest virtual address, upper canonical half");
        assertThat(field("rip").kind()).isEqualTo("guest_virtual");
    }

    @Test
    void row20RspIsAGuestVirtualAddressToo() {
        assertThat(stood("stack").value()).contains("0xffffe3018da8e7b8");
        assertThat(stood("stack").meaning()).contains("guest virtual address, upper canonical half");
    }

    @Test
    void row21TheWiringCannotBeRelaxed() {
        assertThat(finding("wired-for-passthrough").evidence())
                .hasSize(2)
                .allMatch(line -> line.contains("wired, in the IOMMU"));
        assertThat(finding("wired-for-passthrough").notFollowing()).contains("cannot be relaxed while a ppt device");
    }

    @Test
    void row22BitmapsArePrintedAsHostPhysicalAddresses() {
        for (String name : new String[] {"io_bitmap", "msr_bitmap"}) {
            assertThat(field(name).kind()).isEqualTo("host_physical");
            assertThat(field(name).summary()).isEqualTo("host physical address");
            assertThat(field(name).bits()).isEmpty();
        }
        assertThat(field("io_bitmap").value()).isEqualTo("0x2b053b000");
    }

    @Test
    void row23CapabilitiesSayWhatIsInterceptedAndNoneSaysEfficient() {
        assertThat(capability("hlt_exit").value()).isEqualTo("set");
        assertThat(capability("hlt_exit").meaning()).contains("-H");
        assertThat(capability("pause_exit").meaning()).contains("-P");
        assertThat(capability("unrestricted_guest").meaning()).contains("on AMD always set");
        assertThat(capability("ipi_exit").meaning()).contains("INIT").contains("bhyve");
        assertThat(capability("rdpid").value()).isEqualTo("not available");
        assertThat(text).doesNotContainIgnoringCase("efficient");
    }

    private Report.Line capability(String name) {
        return vcpu().capabilities().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void row24TheRtcIsTheTimeOfTheDumpInTheGuestsZone() {
        Report.Line rtc = report.vm().facts().stream()
                .filter(l -> l.name().equals("rtc time"))
                .findFirst()
                .orElseThrow();

        assertThat(rtc.value()).isEqualTo("Mon Sep 22 10:35:00 2025");
        assertThat(rtc.meaning())
                .contains("at the time of the dump")
                .contains("Windows: local time")
                .contains("after the guest has stopped")
                .contains("cannot show the guest's drift");
    }

    @Test
    void row25NextStepsAreWhatTheEvidenceSupports() {
        assertThat(finding("icebp-ud").next()).contains("Debugger, anti-tamper").contains("in the guest");
        assertThat(finding("single-step-in-kernel").next()).contains("debugging in the guest");
        assertThat(finding("vm-suspended").next())
                .contains(
                        "0 reset, 1 power-off, 2 halt, 3 triple fault, 4 error, 100",
                        "6 or 134",
                        "64 to 78",
                        "1 is ambiguous");
        assertThat(finding("exit-handled").next())
                .contains("bhyve's exit status")
                .contains("suspended set");
    }

    @Test
    void allSixteenVcpusAreComparedAndNothingIsLeftOver() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            all.append(new String(
                    Captures.bytes("case-0x88/cpu" + i + ".get-all.txt"),
                    java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        Report together = Texts.report(all.toString());
        String page = ReportText.of(together, OptionalInt.of(5), Style.PLAIN);

        assertThat(together.vcpus()).extracting(Report.Vcpu::vcpu).hasSize(16).isSorted();
        assertThat(together.about().complete()).isTrue();
        assertThat(together.unknown().lines()).isZero();
        assertThat(page).contains("How vCPU 5 stood").contains("vCPUs compared");
        assertThat(Arrays.stream(page.split("\n")).filter(l -> l.matches(" +\\d+ +[\\d,]+ 0x.*")))
                .hasSize(16);
        assertThat(together.findings())
                .filteredOn(f -> f.id().equals("icebp-ud"))
                .singleElement()
                .satisfies(f -> assertThat(f.vcpus()).containsExactly(0));
    }
}
