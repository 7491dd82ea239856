package org.bhyvescope.dump;

import java.util.List;

/**
 * Lines that the parser does not know: kept, never guessed at.
 *
 * @param count how many there are
 * @param first the first of them, printable and shortened; a bounded number
 */
public record UnknownLines(int count, List<String> first) {}
