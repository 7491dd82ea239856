package org.bhyvescope.decode;

import java.util.List;

/**
 * A value taken apart: a control word or register bit by bit.
 *
 * @param word id in {@code bits.tsv}: {@code rflags}, {@code inst1_intercept}, {@code npf_info1}
 * @param title what the word is, for a person
 * @param value its 64 bits
 * @param parts every bit or field that is set, lowest first, and those that are clear where that says something (RFLAGS.IF);
 *     set bits that no row names are there as reserved or unknown; bits that a CPU always sets (bit 1 of RFLAGS) are not there
 * @param summary the names of what is set, in one line: {@code CF AF SF TF AC}; for a bit map the vectors or instructions;
 *     {@code none} if there is nothing to say
 * @param source where the layout is from
 */
public record Decoded(String word, String title, long value, List<Part> parts, String summary, String source) {
    /** Whether a named bit is set, or a named field is not zero. */
    public boolean has(String name) {
        return parts.stream().anyMatch(p -> p.known() && p.name().equals(name) && p.value() != 0);
    }
}
