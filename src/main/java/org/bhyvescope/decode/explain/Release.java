package org.bhyvescope.decode.explain;

import java.util.stream.Stream;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;

/**
 * The FreeBSD releases that a text can be from.
 *
 * @param first oldest that fits
 * @param last newest that fits; {@link Integer#MAX_VALUE} for no limit
 * @param by how that was recognised, a clause; empty if it was not
 */
record Release(int first, int last, String by) {
    /** Any that this program knows. */
    static final Release ANY = new Release(12, Integer.MAX_VALUE, "");

    private static final int OLD = 13;

    static Release of(DumpText text, Vendor vendor) {
        if (vendor == Vendor.ARM64 || vendor == Vendor.RISCV) {
            return new Release(15, Integer.MAX_VALUE, "bhyve runs on this architecture from 15 on");
        }
        if (anyStatistic(text, "ipis sent from vcpu")) {
            return new Release(OLD + 1, Integer.MAX_VALUE, "by the statistic ipis sent from vcpu");
        }
        if (anyStatistic(text, "ipis sent to vcpu[0]")) {
            return new Release(12, OLD, "by the statistics ipis sent to vcpu[0] and so on");
        }
        if (text.vcpus().stream().anyMatch(v -> v.capabilities().containsKey("ipi_exit"))) {
            return new Release(OLD + 1, Integer.MAX_VALUE, "by the capability ipi_exit");
        }
        boolean endAtSix = text.vcpus().stream()
                .anyMatch(v -> v.capabilities().containsKey("bpt_exit")
                        && !v.capabilities().containsKey("rdpid"));
        // What follows the capabilities is there, so the list is not just cut.
        if (endAtSix && text.vm().active().isPresent()) {
            return new Release(12, OLD, "by its capabilities, which end at bpt_exit");
        }
        return ANY;
    }

    private static boolean anyStatistic(DumpText text, String description) {
        Stream<VcpuDump> vcpus = text.vcpus().stream();
        return vcpus.flatMap(v -> v.stats().stream())
                .anyMatch(block -> block.table().column(description) >= 0);
    }

    /** Whether every release that fits is this one or a later one. */
    boolean isFrom(int release) {
        return first >= release;
    }

    /** Whether some release that fits lies in this range. */
    boolean overlaps(int from, int to) {
        return first <= to && from <= last;
    }

    /** {@code 14 and later}, {@code 12 to 13}, {@code not told}. */
    String label() {
        if (by.isEmpty()) {
            return "not told";
        }
        return range(first, last);
    }

    static String range(int first, int last) {
        if (last == Integer.MAX_VALUE) {
            return first + " and later";
        }
        return first == last ? Integer.toString(first) : first + " to " + last;
    }
}
