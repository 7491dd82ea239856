package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.vmmdev.ReaderHost;
import org.bhyvescope.sampling.StateDigest.Mapped;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** States that a real reader reads by ioctls, through to what is kept and exported of them. */
@Timeout(120)
class VmmdevStateTest {
    @TempDir
    Path dir = Path.of("");

    @ParameterizedTest
    @CsvSource({"amd, 0x80080070, 0x78, VMEXIT_HLT", "intel, 0x80004402, 12, HLT"})
    void theDigestIsThatOfWhatTheKernelHolds(String vendor, String number, String code, String name) throws Exception {
        Vendor of = Vendor.valueOf(vendor.toUpperCase(Locale.ROOT));
        try (ReaderHost host = ReaderHost.in(
                dir,
                "vendor " + vendor,
                "vm web0 2",
                "reg web0 1 " + number + " " + code,
                "reg web0 1 20 0xffffffff81000000",
                "cap web0 1 0 1",
                "cap web0 1 2 0",
                "cap web0 1 3 1",
                "map web0 0 0 0 0xc0000000 7 3",
                "map web0 0x100000000 0 0xc0000000 0x40001000 7 3",
                "map web0 0xffffc000 1 0 16384 5 0",
                "seg web0 0 0x100001000",
                "seg web0 1 16384 bootrom",
                "rtc web0 " + (ReaderHost.NOW.getEpochSecond() + 3600))) {
            VmId vm = host.node("web0");

            VcpuState state = host.state(vm, 1);
            StateDigest digest = StateDigest.of(state, 5, of, Decoder.load());

            assertThat(state.wallMillis()).isEqualTo(ReaderHost.NOW.toEpochMilli());
            assertThat(state.ofVcpu().value("rip")).hasValue(0xffffffff81000000L);
            assertThat(digest.ofVcpu())
                    .isEqualTo(new StateDigest.OfVcpu(
                            1,
                            5,
                            Optional.of(
                                    Decoder.load().exit(of, Long.decode(code)).name()),
                            Map.of("hlt_exit", true, "pause_exit", false, "unrestricted_guest", true)));
            assertThat(digest.ofVcpu().exitName()).contains(name);
            assertThat(digest.ofVm())
                    .isEqualTo(new StateDigest.OfVm(
                            5,
                            Map.of(
                                    new Mapped("sysmem", "wired/iommu"),
                                    0x1_0000_1000L,
                                    new Mapped("bootrom", "none"),
                                    16384L),
                            OptionalLong.of(3600)));
        }
    }

    @Test
    void capabilitiesAreReadOnceForAVcpuAndCarriedOver() throws Exception {
        try (ReaderHost host = ReaderHost.in(dir, "release 15", "vm web0 2", "cap web0 0 0 1", "cap web0 1 0 0")) {
            VmId vm = host.node("web0");
            VcpuState first = host.state(vm, 0);
            host.state(vm, 1);
            assertThat(host.source.lockingReads()).hasValue(2 * (1 + 11));

            VcpuState second = host.state(vm, 0);

            assertThat(second.ofVcpu().capabilities())
                    .hasSize(11)
                    .isEqualTo(first.ofVcpu().capabilities());
            assertThat(host.source.lockingReads()).hasValue(2 * 12 + 1);
            assertThat(host.calls("LOCKS")).hasSize(25).last().asString().contains("VM_GET_REGISTER_SET web0 0 12");
            host.removeNode("web0");
            host.kernel.tell("destroy web0", "vm web0 1", "cap web0 0 0 0");
            VmId next = host.node("web0");
            assertThat(host.state(next, 0).ofVcpu().capabilities())
                    .as("another VM of that name")
                    .isNotEqualTo(first.ofVcpu().capabilities());
            assertThat(host.source.lockingReads()).hasValue(25 + 12);
            assertThat(host.children.starts()).isEqualTo(1);
        }
    }

    /** VMs that come and go: nothing of them stays open in the reader, or in this process. */
    @Test
    void nothingIsLeftOfTwoHundredVms() throws Exception {
        try (ReaderHost host = ReaderHost.in(dir, "release 15")) {
            for (int i = 0; i < 200; i++) {
                host.kernel.tell("vm vm" + i + " 2");
                VmId vm = host.node("vm" + i);
                host.source.vms();
                assertThat(host.snapshot(vm).rows()).isEqualTo(2);
                host.state(vm, 1);
                host.kernel.tell("destroy vm" + i);
                host.removeNode("vm" + i);
            }
            host.source.vms();
            host.kernel.tell("vm last 1");
            host.snapshot(host.node("last"));

            assertThat(host.children.starts()).isEqualTo(1);
            assertThat(host.calls("open ")).hasSize(401);
            assertThat(host.calls("close ")).hasSize(400);
            assertThat(host.processes()).hasSize(1);
        }
    }
}
