package org.bhyvescope.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.libc.Sysctls.DeviceLeaf;
import org.bhyvescope.libc.Sysctls.DeviceNode;
import org.bhyvescope.libc.Sysctls.Name;

/** Passthrough devices by {@code dev.ppt.N}, without their names. Needs no rights. Units above 255 are not seen. */
final class KernelDevices implements DeviceTable {
    private static final Pattern SELECTOR = Pattern.compile("pci[0-9]+:[0-9]+:[0-9]+:[0-9]+");

    @Override
    public DeviceListing list() {
        if (!Sysctls.available()) {
            return new DeviceListing.Failed("sysctl(3) is FreeBSD's");
        }
        List<PptDevice> devices = new ArrayList<>();
        // Units have gaps: a device that was given back to its driver leaves one.
        for (int unit = 0; unit <= DeviceNode.MAX_UNIT; unit++) {
            Optional<String> location = Sysctls.text(new DeviceNode(DeviceLeaf.PPT_LOCATION, unit));
            if (location.isPresent()) {
                String ids =
                        Sysctls.text(new DeviceNode(DeviceLeaf.PPT_IDS, unit)).orElse("");
                Optional<PptDevice> device = device(unit, location.get(), ids);
                if (device.isEmpty()) {
                    return new DeviceListing.Failed("dev.ppt." + unit + " is not understood");
                }
                devices.add(device.get());
            }
        }
        return listed(devices, Sysctls.number(Name.PPT_DEVICES));
    }

    /**
     * No device is an answer only if the driver says so itself.
     *
     * @param count {@code hw.vmm.ppt.devices}
     */
    static DeviceListing listed(List<PptDevice> devices, OptionalLong count) {
        if (!devices.isEmpty() || count.orElse(-1) == 0) {
            return new DeviceListing.Listed(devices);
        }
        return new DeviceListing.Failed(
                count.isEmpty()
                        ? "there is no hw.vmm.ppt.devices: is vmm.ko loaded?"
                        : "hw.vmm.ppt.devices is " + count.getAsLong() + ", but there is no dev.ppt");
    }

    /**
     * One device.
     *
     * @param location {@code slot=0 function=0 dbsf=pci0:3:0:0}, and more
     * @param ids {@code vendor=0x1002 device=0x73af class=0x030000}, and more
     */
    static Optional<PptDevice> device(int unit, String location, String ids) {
        Optional<String> selector = PciPairs.of(location).text("dbsf").filter(SELECTOR.asMatchPredicate());
        PciPairs pairs = PciPairs.of(ids);
        OptionalInt vendor = pairs.vendor();
        OptionalInt device = pairs.device();
        OptionalInt classCode = pairs.classCode();
        if (selector.isEmpty() || vendor.isEmpty() || device.isEmpty() || classCode.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new PptDevice(
                "ppt" + unit,
                selector.get(),
                vendor.getAsInt(),
                device.getAsInt(),
                classCode.getAsInt(),
                Optional.empty(),
                Optional.empty()));
    }
}
