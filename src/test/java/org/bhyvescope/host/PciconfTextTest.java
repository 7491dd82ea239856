package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PciconfTextTest {
    private static final PptDevice RADEON = new PptDevice(
            "ppt0",
            "pci0:3:0:0",
            0x1002,
            0x73af,
            0x030000,
            Optional.of("Advanced Micro Devices, Inc. [AMD/ATI]"),
            Optional.of("Navi 21 [Radeon RX 6900 XT] 'Big Navi' = XTXH"));

    @ParameterizedTest
    @ValueSource(strings = {"pciconf-12.txt", "pciconf-14.txt"})
    void bothFormatsGiveTheDevicesOfPptByUnit(String file) {
        List<PptDevice> devices = listed(Texts.of(file));

        assertThat(devices).extracting(PptDevice::name).containsExactly("ppt0", "ppt1", "ppt2", "ppt10");
        assertThat(devices.get(0)).isEqualTo(RADEON);
        assertThat(devices.get(1).classCode()).isEqualTo(0x040300);
        assertThat(devices.get(2))
                .as("unknown to the list of names, in another domain")
                .isEqualTo(new PptDevice(
                        "ppt2", "pci2:65:0:0", 0x1e9f, 0xfffe, 0xff0000, Optional.empty(), Optional.empty()));
        assertThat(devices.get(3).product()).contains("Matisse USB 3.0 Host Controller");
    }

    @Test
    void pairsMayComeInAnyOrderWithOthersBetween() {
        assertThat(listed("ppt0@pci0:3:0:0:\tdevice=0x73af new=0x1 vendor=0x1002 class=0x030000 more=text\n"))
                .containsExactly(new PptDevice(
                        "ppt0", "pci0:3:0:0", 0x1002, 0x73af, 0x030000, Optional.empty(), Optional.empty()));
    }

    @Test
    void aHostWithoutSuchADeviceHasNone() {
        assertThat(listed("""
                        hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x00 hdr=0x00 vendor=0x1022 device=0x1480
                            device     = 'ppt0@pci0:9:0:0: class=0x030000 chip=0x73af1002'
                        """)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n\n",
                "usage: pciconf -l [-BbcevV] [device]",
                "ppt0@pci0:3:0:0:\tclass=0x030000 rev=0xc0",
                "ppt0@pci0:3:0:0:\tclass=0x030000 vendor=1002 device=0x73af",
                "ppt0@pci0:3:0:0:\tclass=0x030000 vendor=0x11002 device=0x73af",
                "ppt0@pci0:3:0:0:\tclass=0x030000 xvendor=0x1002 device=0x73af",
                "hostb0@pci0:0:0:0:\tclass=0x060000\nppt0@pci0:3:0:\tclass=0x030000 vendor=0x1002 device=0x73af"
            })
    void whatIsNotUnderstoodIsAFailureAndNotAnEmptyList(String text) {
        assertThat(PciconfText.parse(text)).isInstanceOf(DeviceListing.Failed.class);
    }

    @Test
    void damagedTextsNeverGiveAnImpossibleDevice() {
        Random random = new Random(20261125);
        int failures = 0;
        for (int i = 0; i < 5000; i++) {
            String text = Texts.damaged(Texts.of(i % 2 == 0 ? "pciconf-12.txt" : "pciconf-14.txt"), random);
            if (PciconfText.parse(text) instanceof DeviceListing.Listed good) {
                assertThat(good.devices()).as(text).doesNotHaveDuplicates().allSatisfy(device -> {
                    assertThat(device.name()).matches("ppt[0-9]{1,9}");
                    assertThat(device.selector()).matches("pci[0-9]+:[0-9]+:[0-9]+:[0-9]+");
                    assertThat(device.vendorId()).isBetween(0, 0xffff);
                    assertThat(device.deviceId()).isBetween(0, 0xffff);
                    assertThat(device.classCode()).isBetween(0, 0xffffff);
                });
            } else {
                failures++;
            }
        }
        assertThat(failures).isBetween(50, 4000);
    }

    private static List<PptDevice> listed(String text) {
        return ((DeviceListing.Listed) PciconfText.parse(text)).devices();
    }
}
