package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.os.Children;

/**
 * What {@code pciconf -lv} prints. A device is one line, {@code ppt0@pci0:3:0:0:} and pairs {@code key=value}, and indented
 * lines with its names. Release 12 has the pairs {@code chip} and {@code card}, 13 and later {@code vendor}, {@code device}
 * and so on (usr.sbin/pciconf/pciconf.c list_devs).
 */
final class PciconfText {
    private static final Pattern HEAD =
            Pattern.compile("([A-Za-z_][A-Za-z_0-9]*?)([0-9]{1,9})@(pci[0-9]+:[0-9]+:[0-9]+:[0-9]+):\\s*(.*)");

    /** The name is all between the outer quotes: it may have quotes itself. */
    private static final Pattern NAME = Pattern.compile("\\s+(vendor|device)\\s+= '(.*)'\\s*");

    private static final String DRIVER = "ppt";

    private PciconfText() {}

    /** The devices of the driver ppt. */
    static DeviceListing parse(String text) {
        List<Entry> entries = new ArrayList<>();
        Entry open = null;
        int heads = 0;
        for (String line : text.lines().toList()) {
            Matcher head = HEAD.matcher(line);
            Matcher name = NAME.matcher(line);
            if (head.matches()) {
                heads++;
                open = DRIVER.equals(head.group(1)) ? new Entry(head) : null;
                if (open != null) {
                    entries.add(open);
                }
            } else if (open != null && name.matches()) {
                open.names.putIfAbsent(name.group(1), name.group(2));
            } else if (line.startsWith(DRIVER)) {
                return new DeviceListing.Failed(
                        "a line of pciconf is not understood: " + Children.firstLine(line.getBytes(ISO_8859_1)));
            }
        }
        // There is no host of VMs without a single PCI device.
        return heads == 0 ? new DeviceListing.Failed("pciconf printed no device") : listed(entries);
    }

    private static DeviceListing listed(List<Entry> entries) {
        Map<String, PptDevice> devices = new HashMap<>();
        for (Entry entry : entries) {
            Optional<PptDevice> device = entry.device();
            if (device.isEmpty()) {
                return new DeviceListing.Failed("pciconf's numbers of " + entry.name + " are not understood");
            }
            devices.putIfAbsent(entry.name, device.get());
        }
        return new DeviceListing.Listed(devices.values().stream()
                .sorted(Comparator.comparingInt(PciconfText::unit))
                .toList());
    }

    private static int unit(PptDevice device) {
        return Integer.parseInt(device.name().substring(DRIVER.length()));
    }

    /** One device, as it is put together from its lines. */
    private static final class Entry {
        final String name;
        final String selector;
        final PciPairs pairs;
        final Map<String, String> names = new HashMap<>();

        Entry(Matcher head) {
            this.name = DRIVER + Integer.parseInt(head.group(2));
            this.selector = head.group(3);
            this.pairs = PciPairs.of(head.group(4));
        }

        Optional<PptDevice> device() {
            OptionalInt vendor = pairs.vendor();
            OptionalInt device = pairs.device();
            OptionalInt classCode = pairs.classCode();
            if (vendor.isEmpty() || device.isEmpty() || classCode.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new PptDevice(
                    name,
                    selector,
                    vendor.getAsInt(),
                    device.getAsInt(),
                    classCode.getAsInt(),
                    Optional.ofNullable(names.get("vendor")),
                    Optional.ofNullable(names.get("device"))));
        }
    }
}
