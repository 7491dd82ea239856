package org.bhyvescope.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;

/** The passthrough devices by pciconf, or where that cannot be run by the kernel's own tree of devices. */
public final class Devices implements DeviceTable {
    private final DeviceTable named;
    private final DeviceTable plain;

    /** By {@link #key}: a device keeps the names that pciconf once gave it. */
    private final Map<String, PptDevice> known = new HashMap<>();

    Devices(DeviceTable named, DeviceTable plain) {
        this.named = named;
        this.plain = plain;
    }

    /** Those of a host. */
    public static DeviceTable of(Tools tools, Children children) {
        return new Devices(new PciconfDevices(tools.path(Tool.PCICONF), children), new KernelDevices());
    }

    @Override
    public DeviceListing list() throws InterruptedException {
        DeviceListing first = named.list();
        if (first instanceof DeviceListing.Listed good) {
            known.clear();
            good.devices().forEach(device -> known.put(key(device), device));
            return good;
        }
        DeviceListing second = plain.list();
        if (second instanceof DeviceListing.Listed good) {
            List<PptDevice> devices = good.devices().stream()
                    .map(device -> known.getOrDefault(key(device), device))
                    .toList();
            return new DeviceListing.Listed(devices);
        }
        return new DeviceListing.Failed(detail(first) + "; " + detail(second));
    }

    private static String key(PptDevice device) {
        return device.name() + " " + device.selector() + " " + device.vendorId() + " " + device.deviceId();
    }

    private static String detail(DeviceListing listing) {
        return listing instanceof DeviceListing.Failed failed ? failed.detail() : "";
    }
}
