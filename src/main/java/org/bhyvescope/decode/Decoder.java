package org.bhyvescope.decode;

import java.util.Optional;

/** The tables of the manuals and of FreeBSD's kernel, and what they say of a number. Never guesses. */
public interface Decoder {
    /**
     * What an exit code means.
     *
     * @param vendor AMD or INTEL; for any other the answer is an unknown code
     * @param raw the 64 bits as printed
     */
    ExitCode exit(Vendor vendor, long raw);

    /** A word of {@code bits.tsv}, taken apart. Empty: there is no such word. */
    Optional<Decoded> word(String word, long value);

    /** A row of {@code values.tsv}. Empty: the table does not know the number. */
    Optional<NamedValue> value(String table, long value);

    /** A row of {@code fields.tsv}, by the name that bhyvectl prints. Empty: not in the table. */
    Optional<FieldMeaning> field(String name);
}
