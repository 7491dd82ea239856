package org.bhyvescope.libc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Optional;
import org.bhyvescope.libc.Sysctls.DeviceLeaf;
import org.bhyvescope.libc.Sysctls.DeviceNode;
import org.junit.jupiter.api.Test;

class SysctlsTest {
    private final FakeVmm fake = FakeVmm.fresh();

    @Test
    void numbersOfFourAndOfEightBytesAreRead() {
        fake.tell(
                "sysctl machdep.tsc_freq long 5000000000",
                "sysctl kern.hz int 100",
                "sysctl hw.vmm.ppt.devices int -1");

        assertThat(Sysctls.number(Sysctls.Name.TSC_FREQUENCY)).hasValue(5_000_000_000L);
        assertThat(Sysctls.number(Sysctls.Name.HZ)).hasValue(100);
        assertThat(Sysctls.number(Sysctls.Name.PPT_DEVICES)).hasValue(-1);
    }

    @Test
    void aTextEndsAtItsZero() {
        fake.tell("sysctl hw.model text AMD EPYC 7302P");

        assertThat(Sysctls.text(Sysctls.Name.MODEL)).contains("AMD EPYC 7302P");
    }

    @Test
    void whatIsNotThereOrIsNoNumberIsEmpty() {
        fake.tell("sysctl hw.vmm.maxcpu none", "sysctl kern.hz text a hundred");

        assertThat(Sysctls.number(Sysctls.Name.MAX_VCPUS)).isEmpty();
        assertThat(Sysctls.number(Sysctls.Name.HZ)).isEmpty();
        assertThat(Sysctls.text(Sysctls.Name.MAX_VCPUS)).isEmpty();
    }

    @Test
    void aDevicesValuesAreReadByItsUnit() {
        fake.tell("ppt 3 pci0:10:0:1 0x1002 0xab28 0x040300", "sysctl dev.ivhd.0.event_intr_count int 12");

        assertThat(text(DeviceLeaf.PPT_LOCATION, 3))
                .contains("slot=0 function=1 dbsf=pci0:10:0:1 handle=\\_SB_.PCI0.GP0");
        assertThat(text(DeviceLeaf.PPT_IDS, 3))
                .contains("vendor=0x1002 device=0xab28 subvendor=0x1043 subdevice=0x04fe class=0x040300");
        assertThat(text(DeviceLeaf.PPT_IDS, 0)).isEmpty();
        assertThat(Sysctls.number(new DeviceNode(DeviceLeaf.IVHD_EVENTS, 0))).hasValue(12);
        assertThat(Sysctls.number(new DeviceNode(DeviceLeaf.IVHD_EVENTS, 1))).isEmpty();
    }

    @Test
    void aDevicesNameIsMadeOfConstantsAndOneNumber() {
        for (DeviceLeaf leaf : DeviceLeaf.values()) {
            assertThat(new DeviceNode(leaf, 0).text()).matches("dev\\.(ppt|ivhd)\\.0\\.[%a-z_]+");
            assertThat(new DeviceNode(leaf, 255).text()).contains(".255.");
            assertThatIllegalArgumentException().isThrownBy(() -> new DeviceNode(leaf, 256));
            assertThatIllegalArgumentException().isThrownBy(() -> new DeviceNode(leaf, -1));
        }
    }

    private static Optional<String> text(DeviceLeaf leaf, int unit) {
        return Sysctls.text(new DeviceNode(leaf, unit));
    }

    @Test
    void noneIsEverWritten() {
        for (Sysctls.Name name : Sysctls.Name.values()) {
            assertThat(Sysctls.number(name).isPresent() || Sysctls.text(name).isPresent())
                    .as(name.text())
                    .isTrue();
        }
        assertThat(fake.count("violations")).isZero();
        assertThat(Arrays.stream(Sysctls.Name.values()).map(Sysctls.Name::text))
                .doesNotContain("hw.vmm.create", "hw.vmm.destroy");
    }
}
