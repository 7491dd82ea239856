package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.decode.Word.Item;

/** How the summary of a word is written: its {@code style} in {@code bits.tsv}. */
enum Summary {
    /** Short names one after the other: {@code CF AF SF TF AC}. */
    FLAGS,
    /** Names with commas. */
    LIST,
    /** A bit map of reads (low half) and writes of control registers. */
    CR,
    /** Likewise of debug registers. */
    DR;

    private static final String NONE = "none";

    String write(List<Item> items, long value) {
        List<String> known = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Item item : items) {
            if (!item.words().isEmpty()) {
                (item.part().known() ? known : others).add(item.words());
            }
        }
        String text = switch (this) {
            case FLAGS -> String.join(" ", known);
            case LIST -> String.join(", ", known);
            case CR, DR -> accesses((int) value & 0xffff, (int) (value >>> 16) & 0xffff);
        };
        if (!text.isEmpty()) {
            others.add(0, text);
        }
        return others.isEmpty() ? NONE : String.join(", ", others);
    }

    private String accesses(int reads, int writes) {
        if (reads == writes) {
            return reads == 0 ? "" : "reads and writes of ".concat(ranges(reads));
        }
        String read = reads == 0 ? "" : "reads of ".concat(ranges(reads));
        String written = writes == 0 ? "" : "writes of ".concat(ranges(writes));
        return read.isEmpty() || written.isEmpty() ? read.concat(written) : String.join("; ", read, written);
    }

    /** {@code CR1, CR5-CR7, CR9-CR15}. */
    private String ranges(int bits) {
        List<String> ranges = new ArrayList<>();
        for (int first = 0; first < 16; first++) {
            if ((bits >> first & 1) != 0) {
                int last = first;
                while ((bits >> (last + 1) & 1) != 0) {
                    last++;
                }
                ranges.add(first == last ? register(first) : String.join("-", register(first), register(last)));
                first = last;
            }
        }
        return String.join(", ", ranges);
    }

    private String register(int number) {
        return name().concat(Integer.toString(number));
    }
}
