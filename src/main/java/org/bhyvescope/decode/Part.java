package org.bhyvescope.decode;

/**
 * A bit or field of a word, decoded.
 *
 * @param bits {@code 8}, or {@code 13:12}
 * @param name the manual's name: {@code TF}; {@code reserved} or {@code unknown} where no row names it
 * @param value the field's value; of a single bit, {@code 1} or {@code 0}; of a field that holds the upper bits of an address,
 *     that address
 * @param meaning what it means that it has this value; empty where the name says it all
 * @param known whether a row of {@code bits.tsv} names it
 */
public record Part(String bits, String name, long value, String meaning, boolean known) {}
