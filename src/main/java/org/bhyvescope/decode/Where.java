package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * On which architectures and releases something holds: the columns {@code listed} and {@code counted} of the statistics
 * table, written {@code amd:12-13 intel:12-}; {@code amd64} stands for both vendors.
 */
record Where(List<Range> ranges) {
    private static final Pattern TOKEN = Pattern.compile("(amd64|amd|intel|arm64|riscv):(\\d{2})-(\\d{2})?");

    /** One token. */
    record Range(String arch, int first, int last) {
        boolean isOn(Vendor vendor) {
            return arch.equals(vendor.label()) || (arch.equals("amd64") && isAmd64(vendor));
        }

        private static boolean isAmd64(Vendor vendor) {
            return vendor == Vendor.AMD || vendor == Vendor.INTEL;
        }
    }

    /** @throws IllegalArgumentException if the text is not of the form above */
    static Where parse(String text) {
        List<Range> ranges = new ArrayList<>();
        for (String token : text.split(" ", -1)) {
            Matcher m = TOKEN.matcher(token);
            if (!m.matches()) {
                throw new IllegalArgumentException("not ARCH:FIRST-LAST: " + token);
            }
            String last = m.group(3);
            int end = last == null ? Integer.MAX_VALUE : Integer.parseInt(last);
            ranges.add(new Range(m.group(1), Integer.parseInt(m.group(2)), end));
        }
        return new Where(List.copyOf(ranges));
    }

    /** Whether it holds for this vendor in any release. */
    boolean isOn(Vendor vendor) {
        return any(r -> r.isOn(vendor));
    }

    boolean includes(Vendor vendor, int release) {
        return any(r -> r.isOn(vendor) && r.first() <= release && release <= r.last());
    }

    /** Whether it holds in some release of a range; for an unknown vendor, on any. */
    boolean includesAny(Vendor vendor, int first, int last) {
        return any(r -> (vendor == Vendor.UNKNOWN || r.isOn(vendor)) && r.first() <= last && first <= r.last());
    }

    /** Whether it holds for this vendor and for no other. */
    boolean isOnly(Vendor vendor) {
        return ranges.stream().allMatch(r -> r.arch().equals(vendor.label()));
    }

    /** Whether it ended with this release or before. */
    boolean endsBy(int release) {
        return ranges.stream().allMatch(r -> r.last() <= release);
    }

    private boolean any(Predicate<Range> test) {
        return ranges.stream().anyMatch(test);
    }
}
