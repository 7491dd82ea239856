package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.bhyvescope.dump.BhyveMessage.Kind;
import org.bhyvescope.dump.BhyveMessage.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpParserTest {
    private static DumpText parse(String text) {
        return DumpParser.parse(text.getBytes(ISO_8859_1));
    }

    private static DumpText lines(String... lines) {
        return parse(String.join("\n", lines) + "\n");
    }

    private static DumpText fixture(String name) {
        return DumpParser.parse(DumpFixtures.bytes(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DumpFixtures.GET_ALL_AMD_14,
                DumpFixtures.GET_ALL_AMD_15,
                DumpFixtures.GET_ALL_INTEL_12,
                DumpFixtures.GET_ALL_ARM64_15
            })
    void aWholeDumpIsOfOneVcpuAndHasNoGapAndNothingUnknown(String name) {
        DumpText text = fixture(name);

        assertThat(text.unknown().first()).isEmpty();
        assertThat(text.cut()).isFalse();
        assertThat(text.vcpus())
                .singleElement()
                .satisfies(vcpu -> assertThat(vcpu.gaps()).isEmpty());
    }

    @Test
    void registersSegmentsAndControlWordsOfAnAmdHost() {
        VcpuDump vcpu = fixture(DumpFixtures.GET_ALL_AMD_14).vcpu(2).orElseThrow();

        assertThat(vcpu.value("rip")).hasValue(0xffffffff81c0afdeL);
        assertThat(vcpu.value("rflags")).hasValue(0x246);
        assertThat(vcpu.value("cr_intercept")).hasValue(0xfee2fee2L);
        assertThat(vcpu.value("guest_sysenter_sp")).as("%#lx of zero").hasValue(0);
        assertThat(vcpu.segment("cs").orElseThrow())
                .isEqualTo(new SegmentRegister(
                        OptionalLong.of(0),
                        OptionalLong.of(0xffffffffL),
                        OptionalLong.of(0xa09b),
                        OptionalLong.of(0x10)));
        assertThat(vcpu.segment("gdtr").orElseThrow().selector()).isEmpty();
        assertThat(vcpu.stats().orElseThrow().vcpu()).isEqualTo(2);
        assertThat(vcpu.msrs()).isNotEmpty();
        assertThat(vcpu.capabilities()).hasSize(11);
    }

    @Test
    void theMemoryMapWithItsNuls() {
        VmFacts vm = lines(
                        "ID  Length      Name",
                        "0   4096MB      sysmem",
                        "1   16384B      bootrom",
                        "Address     Length      Segment     Offset      Prot  Flags",
                        "0           3072MB      sysmem      0           RWX   \0wired/iommu",
                        "FFFFC000    16384B      bootrom     0           R-X   ",
                        "100000000   1024MB      sysmem      C0000000    RWX   \0wired")
                .vm();

        assertThat(vm.segments())
                .containsExactly(
                        new MemorySegment(0, new HumanSize("4096MB", 4096L << 20), "sysmem"),
                        new MemorySegment(1, new HumanSize("16384B", 16384), "bootrom"));
        assertThat(vm.mappings())
                .containsExactly(
                        new MemoryMapping(0, new HumanSize("3072MB", 3072L << 20), "sysmem", 0, "RWX", true, true),
                        new MemoryMapping(
                                0xffffc000L, new HumanSize("16384B", 16384), "bootrom", 0, "R-X", false, false),
                        new MemoryMapping(
                                0x100000000L,
                                new HumanSize("1024MB", 1024L << 20),
                                "sysmem",
                                0xc0000000L,
                                "RWX",
                                true,
                                false));
    }

    @Test
    void capabilitiesInTheirThreeFormsAndWithoutAName() {
        VcpuDump vcpu = lines(
                        "Capability \"hlt_exit\" is set on vcpu 4",
                        "Capability \"bpt_exit\" is not set on vcpu 4",
                        "Capability \"mtrap_exit\" is not available",
                        "Capability \"(null)\" is not available")
                .vcpu(4)
                .orElseThrow();

        assertThat(vcpu.capabilities())
                .containsEntry("hlt_exit", Capability.SET)
                .containsEntry("bpt_exit", Capability.NOT_SET)
                .containsEntry("mtrap_exit", Capability.NOT_AVAILABLE);
    }

    @Test
    void setsClockAndQueuedEvents() {
        DumpText text = lines(
                "rip[1]\t\t0x0000000000001000",
                "rtc nvram[000]: 0x17",
                "rtc time 0x68d12654: Mon Sep 22 10:35:00 2025",
                "active cpus:\t 0, 1",
                "suspended cpus:\t (none)",
                "pending:\texception vector 14 errcode 0x2",
                "current:\tnmi vector 2");
        VcpuDump vcpu = text.vcpu(1).orElseThrow();

        assertThat(text.vm().active()).contains(CpuSet.of(0, 1));
        assertThat(text.vm().suspended()).contains(CpuSet.NONE);
        assertThat(text.vm().nvram()).containsEntry(0, 0x17);
        assertThat(text.vm().rtc()).contains(new Rtc(0x68d12654L, "Mon Sep 22 10:35:00 2025"));
        assertThat(vcpu.pending()).contains(new QueuedEvent(QueuedEvent.Type.EXCEPTION, 14, OptionalLong.of(2)));
        assertThat(vcpu.current()).contains(new QueuedEvent(QueuedEvent.Type.NMI, 2, OptionalLong.empty()));
    }

    @Test
    void interleavedDumpsAreKeptApartByTheirNumbers() {
        DumpText text = lines(
                "rip[0]\t\t0x0000000000000010",
                "rip[1]\t\t0x0000000000000011",
                "rsp[0]\t\t0x0000000000000020",
                "rsp[1]\t\t0x0000000000000021");

        assertThat(text.vcpu(0).orElseThrow().values()).isEqualTo(Map.of("rip", 0x10L, "rsp", 0x20L));
        assertThat(text.vcpu(1).orElseThrow().values()).isEqualTo(Map.of("rip", 0x11L, "rsp", 0x21L));
    }

    @Test
    void statisticsWithoutTheirHeaderAreOfAnUnnamedVcpu() {
        DumpText text = parse(PastedTexts.STATISTICS);

        assertThat(text.vcpus()).singleElement().satisfies(vcpu -> {
            assertThat(vcpu.vcpu()).isEqualTo(VcpuDump.UNNAMED);
            assertThat(vcpu.stats().orElseThrow().table().names())
                    .contains("total number of vm exits", "lvts triggered[0]");
        });
    }

    @Test
    void proseIsNoStatistics() {
        DumpText text = parse("Dear list,\nmy guest with 16 vcpus hangs since 14.3\nany ideas? I waited 20\n");

        assertThat(text.isEmpty()).isTrue();
        assertThat(text.unknown().count()).isEqualTo(3);
    }

    @Test
    void aDumpThatStopsAtDevMemSaysWhereAndWhy() {
        String whole = DumpFixtures.text(DumpFixtures.GET_ALL_AMD_14);
        String cut = whole.substring(0, whole.indexOf("MSR_TSC"))
                + "Couldn't open /dev/mem: Operation not permitted\nerrno = 1\n";
        DumpText text = parse(cut);

        assertThat(text.errno()).isEqualTo(OptionalInt.of(1));
        assertThat(text.complaints()).containsExactly("Couldn't open /dev/mem: Operation not permitted");
        assertThat(text.vcpus().get(0).gaps()).singleElement().satisfies(gap -> {
            assertThat(gap.after()).isEqualTo("msr_bitmap");
            assertThat(gap.missing()).contains("asid").contains("statistics");
            assertThat(gap.why()).contains("/dev/mem").contains("Operation not permitted");
        });
    }

    @Test
    void aVmThatWentAwayAndAKilledBhyvectlAreTold() {
        String whole = DumpFixtures.text(DumpFixtures.GET_ALL_AMD_14);
        String half = whole.substring(0, whole.indexOf("fs desc"));

        assertThat(parse(half + "errno = 6\n").vcpus().get(0).gaps().get(0).why())
                .contains("ENXIO");
        DumpText killed = parse(whole.substring(0, whole.indexOf("fs desc") + 20));
        assertThat(killed.cut()).isTrue();
        assertThat(killed.vcpus().get(0).gaps()).isNotEmpty();
        assertThat(killed.vcpus().get(0).segment("fs"))
                .as("half a line says nothing")
                .isEmpty();
    }

    @Test
    void aBlockThatRelease15SkippedIsAGap() {
        String whole = DumpFixtures.text(DumpFixtures.GET_ALL_AMD_15);
        int from = whole.indexOf("exitinfo1[");
        int to = whole.indexOf("Capability");
        DumpText text = parse(whole.substring(0, from) + whole.substring(to));

        assertThat(text.errno()).isEmpty();
        assertThat(text.vcpus().get(0).gaps()).isNotEmpty();
    }

    @Test
    void bhyvesAborts() {
        BhyveMessage.VmExit vmx =
                (BhyveMessage.VmExit) parse(PastedTexts.VMX_ABORT).messages().get(0);
        BhyveMessage.VmExit svm =
                (BhyveMessage.VmExit) parse(PastedTexts.SVM_ABORT).messages().get(0);

        assertThat(vmx.vmx()).isTrue();
        assertThat(vmx.vcpu()).hasValue(3);
        assertThat(vmx.reasonText()).isEqualTo("EPT misconfiguration");
        assertThat(vmx.values())
                .containsEntry("exit_reason", 49L)
                .containsEntry("qualification", 0x182L)
                .containsEntry("rip", 0x10a3f7L);
        assertThat(svm.vmx()).isFalse();
        assertThat(svm.values())
                .containsEntry("exitcode", 0x7fL)
                .containsEntry("exitinfo1", 0L)
                .containsEntry("exitinfo2", 0x1fe00L);
        assertThat(svm.cut()).isFalse();
    }

    @Test
    void bhyvesOtherWords() {
        List<BhyveMessage> log = parse(PastedTexts.LOG).messages();
        List<BhyveMessage> emulation = parse(PastedTexts.EMULATION).messages();

        assertThat(log.stream().map(m -> ((Said) m).kind()))
                .containsExactly(
                        Kind.UNKNOWN_RDMSR,
                        Kind.UNKNOWN_WRMSR,
                        Kind.UNHANDLED_IO,
                        Kind.UNEXPECTED_EXIT,
                        Kind.INVALID_SUSPEND,
                        Kind.VM_RUN_ERROR,
                        Kind.UNEXPECTED_DEBUG_EXIT,
                        Kind.EXIT_STATUS);
        assertThat(((Said) log.get(0)).numbers()).startsWith(0xc0011029L);
        assertThat(((Said) log.get(2)).numbers()).startsWith(0xcf8L);
        assertThat(((Said) log.get(7)).numbers()).containsExactly(134L);
        assertThat(emulation.get(0))
                .isEqualTo(new BhyveMessage.EmulationFailed(
                        List.of(0xf7, 4, 0x25, 0, 0x53, 0xf0, 0x81, 0), OptionalLong.of(0xffffffff80e1c6a2L)));
        assertThat(((Said) emulation.get(1)).numbers()).containsExactly(0xfed40000L);
        assertThat(((Said) emulation.get(2)).kind()).isEqualTo(Kind.ABORTED);
    }
}
