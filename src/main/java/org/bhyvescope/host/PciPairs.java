package org.bhyvescope.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pairs {@code key=value} of a PCI device, read by name since their order and number changed from release to release.
 *
 * @param values the texts of the values; of a key that comes twice the first
 */
record PciPairs(Map<String, String> values) {
    private static final Pattern PAIR = Pattern.compile("(?<!\\S)([A-Za-z_]+)=(\\S+)");
    private static final Pattern HEX = Pattern.compile("0x([0-9a-f]{1,8})");
    private static final int IDS = 0xffff;
    private static final int CLASSES = 0xffffff;

    static PciPairs of(String text) {
        Map<String, String> values = new HashMap<>();
        Matcher pair = PAIR.matcher(text);
        while (pair.find()) {
            values.putIfAbsent(pair.group(1), pair.group(2));
        }
        return new PciPairs(values);
    }

    /** PCI vendor; release 12's {@code chip} has it in its lower half. */
    OptionalInt vendor() {
        OptionalInt named = number("vendor", IDS);
        return named.isPresent() ? named : half(0);
    }

    /** PCI device; the upper half of {@code chip}. */
    OptionalInt device() {
        OptionalInt named = number("device", IDS);
        return named.isPresent() ? named : half(16);
    }

    /** Class, subclass and interface. */
    OptionalInt classCode() {
        return number("class", CLASSES);
    }

    Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key));
    }

    private OptionalInt half(int shift) {
        long chip = hex("chip");
        return chip < 0 ? OptionalInt.empty() : OptionalInt.of((int) (chip >> shift) & IDS);
    }

    private OptionalInt number(String key, int most) {
        long value = hex(key);
        return value < 0 || value > most ? OptionalInt.empty() : OptionalInt.of((int) value);
    }

    /** -1: not there, or no such number. */
    private long hex(String key) {
        Matcher hex = HEX.matcher(values.getOrDefault(key, ""));
        return hex.matches() ? Long.parseLong(hex.group(1), 16) : -1;
    }
}
