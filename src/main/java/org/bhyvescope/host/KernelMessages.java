package org.bhyvescope.host;

import java.util.List;

/** What dmesg prints: the kernel's message buffer, a ring that loses its oldest lines. */
public final class KernelMessages {
    /** AMD's IOMMU tells of each access of a device to memory that is not its guest's (sys/amd64/vmm/amd/amdvi_hw.c). */
    private static final String IO_PAGE_FAULT = "[IO_PAGE_FAULT EVT:";

    private KernelMessages() {}

    /** How many faults of AMD's IOMMU a text tells of. Intel's vmm driver tells of none. */
    public static long ioPageFaults(String text) {
        long count = 0;
        for (int at = text.indexOf(IO_PAGE_FAULT); at >= 0; at = text.indexOf(IO_PAGE_FAULT, at + 1)) {
            count++;
        }
        return count;
    }

    /**
     * What is new since the ring was read before.
     *
     * @param lines the new lines, in order
     * @param complete false if nothing of the old text is left: some may have come and gone unseen
     */
    public record News(List<String> lines, boolean complete) {
        public News {
            lines = List.copyOf(lines);
        }
    }

    /**
     * Compares two readings. The new one begins somewhere in the old one: what goes beyond the longest end of the old that the
     * new begins with is new. Where lines repeat that is the least that can have come.
     */
    public static News since(String before, String after) {
        List<String> old = before.lines().toList();
        List<String> now = after.lines().toList();
        int common = overlap(old, now);
        if (common == 0 && !old.isEmpty()) {
            // The last line may have been read while it was being written.
            common = overlap(old.subList(0, old.size() - 1), now);
        }
        return new News(now.subList(common, now.size()), common > 0 || old.isEmpty());
    }

    /** Length of the longest end of one list that the other begins with, in linear time (Knuth, Morris, Pratt). */
    private static int overlap(List<String> ends, List<String> begins) {
        if (begins.isEmpty()) {
            return 0;
        }
        int[] border = borders(begins);
        int matched = 0;
        for (String line : ends) {
            while (matched > 0 && (matched == begins.size() || !line.equals(begins.get(matched)))) {
                matched = border[matched - 1];
            }
            matched += line.equals(begins.get(matched)) ? 1 : 0;
        }
        return matched;
    }

    /** For each beginning of a list: the longest shorter one that it ends with. */
    private static int[] borders(List<String> lines) {
        int[] border = new int[lines.size()];
        for (int i = 1; i < border.length; i++) {
            int length = border[i - 1];
            while (length > 0 && !lines.get(i).equals(lines.get(length))) {
                length = border[length - 1];
            }
            border[i] = lines.get(i).equals(lines.get(length)) ? length + 1 : 0;
        }
        return border;
    }
}
