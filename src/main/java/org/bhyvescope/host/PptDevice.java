package org.bhyvescope.host;

import java.util.Optional;

/**
 * A device of the host that the driver ppt owns, for passthrough.
 *
 * @param name {@code ppt0}
 * @param selector {@code pci0:3:0:0}: domain, bus, slot, function, in decimal
 * @param vendorId PCI vendor
 * @param deviceId PCI device
 * @param classCode PCI class, subclass and interface: {@code 0x030000} is VGA
 * @param vendor the vendor's name, where pciconf knows it
 * @param product the device's name, where pciconf knows it
 */
public record PptDevice(
        String name,
        String selector,
        int vendorId,
        int deviceId,
        int classCode,
        Optional<String> vendor,
        Optional<String> product) {
    /** The vendor's name, or its number. */
    public String vendorText() {
        return vendor.orElseGet(() -> String.format("0x%04x", vendorId));
    }

    /** The device's name, or its number. */
    public String productText() {
        return product.orElseGet(() -> String.format("0x%04x", deviceId));
    }
}
