package org.bhyvescope.decode;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The tables of the manuals and of FreeBSD's kernel, and what they say of a number. Never guesses. Each table is loaded when
 * it is first needed; safe for any number of threads.
 */
public final class Decoder {
    /** Bits 15:0 of Intel's exit reason are the reason, those above up to 31 are flags. */
    private static final long BASIC_REASON = 0xffff;

    private static final long FLAGS = 0xffff_0000L;

    private final Lazy<ExitTable> amd = new Lazy<>(ExitTable::amd);
    private final Lazy<ExitTable> intel = new Lazy<>(ExitTable::intel);
    private final Lazy<WordTable> words = new Lazy<>(WordTable::load);
    private final Lazy<ValueTable> values = new Lazy<>(ValueTable::load);
    private final Lazy<FieldTable> fields = new Lazy<>(FieldTable::load);

    private Decoder() {}

    /** The tables that are in the jar. */
    public static Decoder load() {
        return new Decoder();
    }

    /**
     * What an exit code means.
     *
     * @param vendor AMD or INTEL; for any other the answer is an unknown code
     * @param raw the 64 bits as printed
     */
    public ExitCode exit(Vendor vendor, long raw) {
        if (vendor == Vendor.AMD) {
            return amd.get()
                    .find(raw)
                    .map(row -> row.exit(vendor, raw, raw, List.of()))
                    .orElse(ExitRow.unknown(vendor, raw, raw, "", ""));
        }
        if (vendor == Vendor.INTEL && raw >>> 32 == 0) {
            long code = raw & BASIC_REASON;
            return intel.get()
                    .find(code)
                    .map(row -> row.exit(vendor, raw, code, flags(raw)))
                    .orElse(ExitRow.unknown(vendor, raw, code, "", ""));
        }
        return ExitRow.unknown(vendor, raw, raw, "", "");
    }

    private List<Part> flags(long raw) {
        return word("vmx_exit_reason", raw & FLAGS).orElseThrow().parts().stream()
                .filter(part -> part.value() != 0)
                .toList();
    }

    /** A word of {@code bits.tsv}, taken apart. Empty: there is no such word. */
    public Optional<Decoded> word(String word, long value) {
        return words.get().find(word).map(w -> w.decode(value, values.get()));
    }

    /** A row of {@code values.tsv}. Empty: the table does not know the number, or there is no such table. */
    public Optional<NamedValue> value(String table, long value) {
        return values.get().find(table, value);
    }

    /** A row of {@code values.tsv} by its name, {@code ipi_exit} of {@code capability}. Empty: not in the table. */
    public Optional<NamedValue> named(String table, String name) {
        return values.get().named(table, name);
    }

    /** A row of {@code fields.tsv}, by the name that bhyvectl prints. Empty: not in the table. */
    public Optional<FieldMeaning> field(String name) {
        return fields.get().find(name);
    }

    /** The words that {@link #word} knows. */
    public Set<String> words() {
        return words.get().ids();
    }

    /** The enumerations that {@link #value} knows. */
    public Set<String> tables() {
        return values.get().ids();
    }
}
