package org.bhyvescope.decode.explain;

import java.util.stream.Stream;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.MemorySegment;
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

    private static final int LATEST = Integer.MAX_VALUE;

    /** Segments 0 to 7 are system memory from 15 on; before, 1 was the boot ROM (sys/dev/vmm/vmm_mem.h). */
    private static final int BOOTROM_FROM_15 = 8;

    static Release of(DumpText text, Vendor vendor) {
        Release release = ANY;
        if (vendor == Vendor.ARM64 || vendor == Vendor.RISCV) {
            release = release.and(15, LATEST, "bhyve runs on this architecture from 15 on");
        }
        if (anyStatistic(text, "ipis sent from vcpu")) {
            release = release.and(14, LATEST, "by the statistic ipis sent from vcpu");
        } else if (anyStatistic(text, "ipis sent to vcpu[0]")) {
            release = release.and(12, 13, "by the statistics ipis sent to vcpu[0] and so on");
        }
        if (text.vcpus().stream().anyMatch(v -> v.capabilities().containsKey("ipi_exit"))) {
            release = release.and(14, LATEST, "by the capability ipi_exit");
        }
        boolean endAtSix = text.vcpus().stream()
                .anyMatch(v -> v.capabilities().containsKey("bpt_exit")
                        && !v.capabilities().containsKey("rdpid"));
        // What follows the capabilities is there, so the list is not just cut.
        if (endAtSix && text.vm().active().isPresent()) {
            release = release.and(12, 13, "by its capabilities, which end at bpt_exit");
        }
        for (MemorySegment segment : text.vm().segments()) {
            if (segment.name().equals("bootrom")) {
                String by = "by the number of the segment bootrom, " + segment.id();
                release = segment.id() < BOOTROM_FROM_15 ? release.and(12, 14, by) : release.and(15, LATEST, by);
            }
        }
        return release;
    }

    /** Both this and a range. One that contradicts what is known already is the word of another program, and no use. */
    private Release and(int from, int to, String reason) {
        int both = Math.max(first, from);
        int until = Math.min(last, to);
        boolean news = both <= until && (both != first || until != last);
        return news ? new Release(both, until, by.isEmpty() ? reason : by + " and " + reason) : this;
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
