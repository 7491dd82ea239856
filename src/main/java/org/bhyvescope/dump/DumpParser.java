package org.bhyvescope.dump;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Reads any text that holds output of {@code bhyvectl --get-all} or {@code --get-stats} or bhyve's own words: releases 12
 * to main, both vendors, arm64 and riscv; whole or cut anywhere, one vCPU or several, as printed or as pasted into a mail,
 * an issue or a log. What it does not understand it counts and shows; it never guesses, and never throws on content.
 *
 * <p>Memory and time are bounded: a line by 64 KB, what is kept by {@link Budget#BYTES}, the time by the length.
 */
public final class DumpParser {
    private DumpParser() {}

    /**
     * Parses a text to its end.
     *
     * @param in the text in any encoding that contains ASCII; not closed
     * @throws IOException if reading fails
     */
    public static DumpText parse(InputStream in) throws IOException {
        Collected to = new Collected();
        DumpLines lines = new DumpLines(to);
        TextFeed feed = new TextFeed(lines);
        LineReader reader = new LineReader(in);
        while (reader.next()) {
            // The end of an overlong line was dropped, so the rest is half a line.
            feed.line(reader.text(), reader.isTerminated() && !reader.isOverlong());
        }
        boolean cut = feed.end();
        lines.end();
        return to.build(cut);
    }

    /** Parses a text that is in memory. */
    public static DumpText parse(byte[] text) {
        try {
            return parse(new ByteArrayInputStream(text));
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }
}
