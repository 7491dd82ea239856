package org.bhyvescope.decode;

/**
 * A row of {@code fields.tsv}: what a line of {@code --get-all} is.
 *
 * @param name as printed before {@code [N]}
 * @param kind what its number is
 * @param word for bits, the word of {@code bits.tsv}; for an enumeration, the table of {@code values.tsv}; else empty
 * @param group where it belongs: {@code register}, {@code control}, {@code exit}, {@code host}
 * @param vendor the vendor whose hosts alone print it; {@link Vendor#UNKNOWN} where all do
 * @param sensitive whether it tells of the host (physical addresses, kernel pointers) and stays out of captures
 * @param meaning one sentence
 * @param source manual section, or kernel file and symbol
 */
public record FieldMeaning(
        String name,
        Kind kind,
        String word,
        String group,
        Vendor vendor,
        boolean sensitive,
        String meaning,
        String source) {
    /** What a field's number is. */
    public enum Kind {
        /** Bit by bit, by {@code bits.tsv}. */
        BITS,
        /** One of a few, by {@code values.tsv}. */
        ENUM,
        /** An exit code. */
        EXIT_CODE,
        /** A linear (virtual) address of the guest. */
        GUEST_VIRTUAL,
        /** A physical address of the guest. */
        GUEST_PHYSICAL,
        /** A physical address of the host. */
        HOST_PHYSICAL,
        /** A kernel address of the host. */
        HOST_VIRTUAL,
        /** A general register: whatever the guest keeps in it. */
        GENERAL,
        /** A plain number. */
        NUMBER,
        /** A number in two's complement. */
        SIGNED
    }
}
