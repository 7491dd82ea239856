package org.bhyvescope.dump;

/**
 * A place where a dump is not whole.
 *
 * @param after the last line before it, by name; empty at the beginning
 * @param missing what should be there, for a person: {@code asid to cpu_topology, and the statistics}
 * @param why the reason as far as the text tells, or empty: {@code /dev/mem could not be opened: Permission denied}
 */
public record Gap(String after, String missing, String why) {}
