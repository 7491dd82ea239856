package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;

/**
 * A row of {@code bits.tsv}: a bit or a field of a word.
 *
 * @param low its lowest bit
 * @param high its highest bit
 * @param name the manual's name
 * @param meaning of the bit being set, or of the field
 * @param show how its value is shown
 * @param table the enumeration of {@code values.tsv} that its values are in, or empty
 * @param clear when it is worth a word though no bit of it is set: never if empty, {@link #ALWAYS}, {@link #NONZERO}, or for
 *     a single bit what it means that it is clear
 * @param source manual section, or kernel file and symbol
 */
record Field(int low, int high, String name, String meaning, Show show, String table, String clear, String source) {
    /** In the column {@code clear}: the field is shown whatever it holds. */
    static final String ALWAYS = "always";

    /** In the column {@code clear}: a field of 0 is shown if any other bit of the word is set. */
    static final String NONZERO = "nonzero";

    private static final int COLUMNS = 8;

    /** How the value of a field is shown. */
    enum Show {
        /** A single bit is its name, a field its name and its value in decimal. */
        PLAIN,
        /** In hexadecimal, with its name in the table if there is one. */
        HEX,
        /** In hexadecimal with the bits below it as zeros: what the field is part of is an address. */
        ADDRESS,
        /** The name, and what {@code values.tsv} calls the value. */
        ENUM,
        /** Only what {@code values.tsv} calls the value. */
        KIND,
        /** The manual reserves the bits: set ones are not known. */
        RESERVED,
        /** Reserved, and the CPU demands that they are set: no news in a summary. */
        DEFAULT1,
        /** Always set: worth a word only when clear. */
        SILENT
    }

    /** The fields of a row: one, or of a row {@code 0..15} one for each bit, <code>{n}</code> in its texts replaced. */
    static List<Field> parse(String row) {
        String[] c = Tsv.cells(row, COLUMNS);
        try {
            int dots = c[1].indexOf("..");
            if (dots < 0) {
                int colon = c[1].indexOf(':');
                int high = Integer.parseInt(colon < 0 ? c[1] : c[1].substring(0, colon));
                return List.of(field(c, colon < 0 ? high : Integer.parseInt(c[1].substring(colon + 1)), high, 0));
            }
            int first = Integer.parseInt(c[1].substring(0, dots));
            int last = Integer.parseInt(c[1].substring(dots + 2));
            List<Field> fields = new ArrayList<>();
            for (int bit = first; bit <= last; bit++) {
                fields.add(field(c, bit, bit, bit - first));
            }
            return fields;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(e.getMessage() + " in: " + row, e);
        }
    }

    private static Field field(String[] c, int low, int high, int n) {
        if (low < 0 || low > high || high > 63) {
            throw new IllegalArgumentException("no bits of a 64-bit word: " + c[1]);
        }
        int space = c[4].indexOf(' ');
        String show = space < 0 ? c[4] : c[4].substring(0, space);
        return new Field(
                low,
                high,
                counted(c[2], n),
                Tsv.doubted(counted(c[3], n), c[7]),
                show.isEmpty() ? Show.PLAIN : Show.valueOf(show),
                space < 0 ? "" : c[4].substring(space + 1),
                c[5],
                c[6]);
    }

    private static String counted(String text, int n) {
        int at = text.indexOf("{n}");
        return at < 0 ? text : String.join(Integer.toString(n), text.substring(0, at), text.substring(at + 3));
    }

    boolean isBit() {
        return low == high;
    }

    long mask() {
        return (-1L >>> (63 - (high - low))) << low;
    }

    long of(long word) {
        return (word & mask()) >>> low;
    }

    /** {@code 8}, or {@code 13:12}. */
    String bits() {
        return bits(low, high);
    }

    static String bits(int low, int high) {
        return low == high ? Integer.toString(low) : String.join(":", Integer.toString(high), Integer.toString(low));
    }

    /** The same bits with another meaning. */
    Field meaning(String other) {
        return new Field(low, high, name, other, show, table, clear.equals(ALWAYS) ? clear : "", source);
    }
}
