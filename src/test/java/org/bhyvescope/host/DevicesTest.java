package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class DevicesTest {
    private static final String HOSTB = "hostb0@pci0:0:0:0:\tclass=0x060000 vendor=0x1022 device=0x1480\n";

    @TempDir
    Path dir = Path.of("");

    private final FakeVmm fake = FakeVmm.fresh("sysctl hw.vmm.ppt.devices int 0");
    private final Children children = Scripts.quickChildren();

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void theHostsDevicesAreListedByOnePciconf() throws Exception {
        Files.writeString(dir.resolve("devices"), Texts.of("pciconf-14.txt"));
        pciconf("echo \"$*\" >>" + dir + "/argv\nexec /bin/cat " + dir + "/devices\n");

        assertThat(listed(devices().list()))
                .hasSize(4)
                .extracting(PptDevice::vendor)
                .doesNotContainNull();
        assertThat(Scripts.read(dir.resolve("argv"))).isEqualTo("-lv\n");
    }

    @Test
    void aListThatChangedIsAskedForOnceMore() throws Exception {
        pciconf("echo x >>" + dir + "/runs\n[ -e " + dir + "/again ] || {\n: >" + dir + "/again\n"
                + "echo 'pciconf: PCI device list changed, please try again' >&2\nexit 1\n}\n"
                + "printf 'ppt0@pci0:3:0:0:\\tclass=0x030000 vendor=0x1002 device=0x73af\\n'\n");

        assertThat(listed(devices().list())).extracting(PptDevice::name).containsExactly("ppt0");
        assertThat(Scripts.read(dir.resolve("runs"))).isEqualTo("x\nx\n");
    }

    @Test
    void aListThatChangesAlwaysIsGivenUp() throws Exception {
        pciconf("echo x >>" + dir + "/runs\necho 'pciconf: PCI device list changed, please try again' >&2\nexit 1\n");

        assertThat(new PciconfDevices(dir.resolve("pciconf"), children).list())
                .isEqualTo(new DeviceListing.Failed(
                        "pciconf ended with status 1: pciconf: PCI device list changed, please try again"));
        assertThat(Scripts.read(dir.resolve("runs"))).isEqualTo("x\nx\n");
    }

    @Test
    void withoutPciconfTheKernelTellsThemWithoutNamesAndWithGaps() throws Exception {
        fake.tell(
                "sysctl hw.vmm.ppt.devices int 2",
                "ppt 0 pci0:3:0:0 0x1002 0x73af 0x030000",
                "ppt 255 pci0:3:0:1 0x1002 0xab28 0x040300");

        assertThat(listed(devices().list()))
                .containsExactly(
                        new PptDevice(
                                "ppt0", "pci0:3:0:0", 0x1002, 0x73af, 0x030000, Optional.empty(), Optional.empty()),
                        new PptDevice(
                                "ppt255", "pci0:3:0:1", 0x1002, 0xab28, 0x040300, Optional.empty(), Optional.empty()));
        assertThat(fake.count("violations")).isZero();
    }

    @Test
    void aDeviceKeepsItsNameWhilePciconfFailsAndAnotherAtItsPlaceDoesNotGetIt() throws Exception {
        DeviceTable devices = devices();
        pciconf("[ ! -e " + dir + "/broken ] || exit 1\n"
                + "printf 'ppt0@pci0:3:0:0:\\tclass=0x030000 vendor=0x1002 device=0x73af\\n"
                + "    vendor     = '\"'AMD'\"'\\n'\n");
        assertThat(listed(devices.list()).get(0).vendor()).contains("AMD");
        Files.createFile(dir.resolve("broken"));

        fake.tell("ppt 0 pci0:3:0:0 0x1002 0x73af 0x030000");
        assertThat(listed(devices.list()).get(0).vendor()).contains("AMD");
        fake.tell("ppt 0 pci0:3:0:0 0x10de 0x2204 0x030000");
        assertThat(listed(devices.list()).get(0).vendor()).isEmpty();
    }

    @Test
    void noDeviceIsAnAnswerOnlyIfSomebodySaysSo() throws Exception {
        assertThat(listed(devices().list())).as("hw.vmm.ppt.devices is 0").isEmpty();

        fake.tell("sysctl hw.vmm.ppt.devices none");
        assertThat(devices().list())
                .isInstanceOfSatisfying(
                        DeviceListing.Failed.class,
                        failed -> assertThat(failed.detail())
                                .contains("pciconf could not be started")
                                .endsWith("there is no hw.vmm.ppt.devices: is vmm.ko loaded?"));

        pciconf("printf '" + HOSTB + "'\n");
        assertThat(listed(devices().list())).as("pciconf shows others only").isEmpty();
    }

    @Test
    void whoMayNotReadSaysSo() throws Exception {
        fake.tell("sysctl hw.vmm.ppt.devices int 1");
        pciconf("echo 'pciconf: /dev/pci: Permission denied' >&2\nexit 1\n");

        assertThat(devices().list())
                .isEqualTo(
                        new DeviceListing.Failed(
                                "pciconf ended with status 1: pciconf: /dev/pci: Permission denied; hw.vmm.ppt.devices is 1, but there is no dev.ppt"));
    }

    @Test
    void aPciconfThatFloodsIsStopped() throws Exception {
        pciconf("while :; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; done\n");

        assertThat(new PciconfDevices(dir.resolve("pciconf"), children).list())
                .isEqualTo(new DeviceListing.Failed("pciconf printed too much"));
    }

    @Test
    void whatTheKernelTellsIsReadByName() {
        assertThat(KernelDevices.device(
                        7,
                        "slot=0 function=1 dbsf=pci0:10:0:1 handle=\\_SB_.PCI0.GPP8.XHC0 _PXM=1",
                        "class=0x0c0330 device=0x149c vendor=0x1022 subvendor=0x1 subdevice=0x2"))
                .contains(new PptDevice(
                        "ppt7", "pci0:10:0:1", 0x1022, 0x149c, 0x0c0330, Optional.empty(), Optional.empty()));
        assertThat(KernelDevices.device(0, "slot=0 function=1", "vendor=0x1 device=0x2 class=0x3"))
                .isEmpty();
        assertThat(KernelDevices.device(0, "dbsf=pci0:10:0", "vendor=0x1 device=0x2 class=0x3"))
                .isEmpty();
        assertThat(KernelDevices.device(0, "dbsf=pci0:10:0:1", "")).isEmpty();
        assertThat(KernelDevices.listed(List.of(), OptionalLong.of(3))).isInstanceOf(DeviceListing.Failed.class);
    }

    private void pciconf(String body) {
        Scripts.write(dir.resolve("pciconf"), body);
    }

    private DeviceTable devices() {
        return Devices.of(new Tools(Optional.of(dir)), children);
    }

    private static List<PptDevice> listed(DeviceListing listing) {
        assertThat(listing).isInstanceOf(DeviceListing.Listed.class);
        return ((DeviceListing.Listed) listing).devices();
    }
}
