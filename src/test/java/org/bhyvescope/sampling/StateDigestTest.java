package org.bhyvescope.sampling;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.StateDigest.Mapped;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateDigestTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final long HOST_MILLIS = Dumps.rtc().minusSeconds(7200).toEpochMilli() + 900;
    private static final long MB = 1024L * 1024;

    private static StateDigest digest(Vendor vendor, long exitCode) {
        return StateDigest.of(Dumps.state(WEB, 2, exitCode, HOST_MILLIS), 77, vendor, Decoder.load());
    }

    @ParameterizedTest
    @CsvSource({"AMD, 0x78, VMEXIT_HLT", "AMD, 0x60, VMEXIT_INTR", "AMD, 0x3fff, unknown", "UNKNOWN, 0x78, unknown"})
    void theLastExitHasTheNameOfTheTablesOrIsUnknown(Vendor vendor, String code, String name) {
        assertThat(digest(vendor, Long.decode(code)).ofVcpu().exitName()).contains(name);
    }

    @Test
    void ofCapabilitiesThoseAreKeptThatTheKernelOffers() {
        assertThat(digest(Vendor.AMD, 0x78).ofVcpu().capabilities())
                .isEqualTo(Map.of("hlt_exit", true, "pause_exit", false));
    }

    @Test
    void mappingsAreSummedBySegmentAndFlags() {
        assertThat(digest(Vendor.AMD, 0x78).ofVm().memory())
                .isEqualTo(
                        Map.of(new Mapped("sysmem", "wired/iommu"), 4096 * MB, new Mapped("bootrom", "none"), 16_384L));
    }

    @Test
    void theClockIsComparedInWholeSeconds() {
        assertThat(digest(Vendor.AMD, 0x78).ofVm().rtcOffset()).hasValue(7200);
        assertThat(digest(Vendor.AMD, 0x78).ofVm().readNanos()).isEqualTo(77);
    }

    @Test
    void whatACutDumpDoesNotSayIsAbsent() {
        VcpuState state = new VcpuState(
                WEB, 0, HOST_MILLIS, DumpParser.parse(Dumps.cutAtMsrs(0).getBytes(ISO_8859_1)), Optional.empty());

        StateDigest digest = StateDigest.of(state, 1, Vendor.AMD, Decoder.load());

        assertThat(digest.ofVcpu().exitName()).isEmpty();
        assertThat(digest.ofVcpu().capabilities()).isEmpty();
        assertThat(digest.ofVm().rtcOffset()).isEmpty();
        assertThat(digest.ofVm().memory()).hasSize(2);
    }
}
