package org.bhyvescope.decode;

/**
 * A row of {@code values.tsv}: what a number stands for.
 *
 * @param table which enumeration: {@code exception}, {@code vm_exitcode}, {@code exit_status}, {@code pat}, {@code esr_class}
 * @param value the number
 * @param name its name: {@code #UD}
 * @param meaning one sentence
 * @param source manual section, or kernel file and symbol
 */
public record NamedValue(String table, long value, String name, String meaning, String source) {
    /** The name, and the meaning where there is more to say: {@code EX_OSERR: the system refused something}. */
    public String words() {
        return meaning.isEmpty() ? name : name + ": " + meaning;
    }
}
