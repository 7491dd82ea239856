package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.decode.Field.Show;

/**
 * The layout of a word: its rows of {@code bits.tsv}.
 *
 * @param id the first column
 * @param title what the word is
 * @param style how its summary is written
 * @param fields its bits and fields; they do not overlap
 * @param source where the layout is from
 */
record Word(String id, String title, Summary style, List<Field> fields, String source) {
    /** Of a bit that no row names. */
    static final String UNKNOWN = "unknown";

    static final String RESERVED = "reserved";

    /** A part, and the words for it in the summary, empty if it is not in it. */
    record Item(int low, Part part, String words) {}

    /** Takes a value apart. */
    Decoded decode(long value, ValueTable values) {
        List<Item> items = new ArrayList<>();
        long left = value;
        for (Field field : fields) {
            left &= ~field.mask();
            switch (field.show()) {
                case RESERVED -> runs(value & field.mask(), RESERVED, field.meaning(), true, items);
                case DEFAULT1 -> runs(value & field.mask(), RESERVED, field.meaning(), false, items);
                default -> field(field, value, values, items);
            }
        }
        runs(left, UNKNOWN, "", true, items);
        items.sort(Comparator.comparingInt(Item::low));
        List<Part> parts = items.stream().map(Item::part).toList();
        return new Decoded(id, title, value, parts, style.write(items, value), source);
    }

    private static void field(Field field, long word, ValueTable values, List<Item> items) {
        long value = field.of(word);
        if (value == 0 ? !isWorthSaying(field, word) : field.show() == Show.SILENT) {
            return;
        }
        Optional<NamedValue> named = field.table().isEmpty() ? Optional.empty() : values.find(field.table(), value);
        String words = words(field, word, named.map(NamedValue::name));
        long shown = field.show() == Show.ADDRESS ? value << field.low() : value;
        Part part = new Part(field.bits(), field.name(), shown, meaning(field, value, named), true);
        items.add(new Item(field.low(), part, words));
    }

    private static String words(Field field, long word, Optional<String> named) {
        long value = field.of(word);
        return switch (field.show()) {
            case HEX -> {
                String text = join(field.name(), hex(value));
                yield named.isEmpty() ? text : String.join("", text, " (", named.get(), ")");
            }
            case ADDRESS -> join(field.name(), hex(value << field.low()));
            case ENUM -> join(field.name(), named.orElseGet(() -> join(UNKNOWN, Long.toString(value))));
            case KIND -> named.orElseGet(() -> String.join(" ", field.name(), UNKNOWN, Long.toString(value)));
            default -> field.isBit() ? bit(field, value) : join(field.name(), Long.toString(value));
        };
    }

    private static String meaning(Field field, long value, Optional<NamedValue> named) {
        if (named.isPresent()) {
            String name = named.get().name();
            String more = named.get().meaning();
            return more.isEmpty() ? name : String.join(", ", name, more);
        }
        if (field.show() == Show.ENUM || field.show() == Show.KIND) {
            return "not a value that the table knows";
        }
        return value == 0 && field.isBit() ? field.clear() : field.meaning();
    }

    private static String hex(long value) {
        return "0x".concat(Long.toHexString(value));
    }

    /** Not the + operator, whose every first use costs a command that runs once as much as reading a table. */
    private static String join(String a, String b) {
        return String.join(" ", a, b);
    }

    /** Of a word of 0 nothing is said that depends on its other bits: nobody may ever have stored one. */
    private static boolean isWorthSaying(Field field, long word) {
        boolean onlyIfSet = field.clear().equals(Field.NONZERO) || field.show() == Show.SILENT;
        return !field.clear().isEmpty() && !(onlyIfSet && word == 0);
    }

    /** A set bit is its name; a clear one is in the summary only if its text begins with a name, as in {@code OUT: ...}. */
    private static String bit(Field field, long value) {
        if (value != 0) {
            return field.name();
        }
        int colon = field.clear().indexOf(": ");
        return colon < 0 ? "" : field.clear().substring(0, colon);
    }

    /** One part for every run of neighbouring set bits, so that each is named once and none that is clear. */
    private static void runs(long bits, String name, String meaning, boolean news, List<Item> items) {
        long left = bits;
        while (left != 0) {
            int low = Long.numberOfTrailingZeros(left);
            int length = Long.numberOfTrailingZeros(~(left >>> low));
            int high = low + Math.min(length, 64 - low) - 1;
            String range = Field.bits(low, high);
            String words = news ? String.join(" ", name, low == high ? "bit" : "bits", range) : "";
            items.add(new Item(low, new Part(range, name, -1L >>> (63 - (high - low)), meaning, false), words));
            left = high == 63 ? 0 : left & (-1L << (high + 1));
        }
    }
}
