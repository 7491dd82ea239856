package org.bhyvescope.hypervisor.recording;

import java.io.IOException;
import java.io.InputStream;

/** The lines of a file, one at a time, as streams that end with their line. A line is never in memory as a whole. */
final class LineStream extends InputStream {
    private final InputStream in;
    private long number;
    private long length;
    private long stringLength;
    private boolean inString;
    private boolean escaped;
    private boolean atLineEnd = true;
    private boolean atFileEnd;
    private String trouble = "";

    LineStream(InputStream in) {
        this.in = in;
    }

    /** A line, or a string in it, is longer than any that is written. */
    static final class TooLongException extends IOException {
        private static final long serialVersionUID = 1;

        TooLongException(String message) {
            super(message);
        }
    }

    /** Goes to the beginning of the next line; false if there is none. */
    boolean next() {
        skipRest();
        if (atFileEnd) {
            return false;
        }
        number++;
        length = 0;
        inString = false;
        escaped = false;
        atLineEnd = false;
        return true;
    }

    /** Number of this line, from 1. */
    long number() {
        return number;
    }

    /** Whether nothing of this line has been there before the file ended. */
    boolean isNothing() {
        return atFileEnd && length == 0;
    }

    /** Whether the file ended before the line did. Known once it was read to its end. */
    boolean isCut() {
        return atFileEnd;
    }

    /** Why the file could not be read on; empty if it just ended. */
    String trouble() {
        return trouble;
    }

    /** Reads to the end of the line. */
    void skipRest() {
        while (!atLineEnd && !atFileEnd) {
            raw();
        }
    }

    private int raw() {
        int b;
        try {
            b = in.read();
        } catch (IOException e) {
            trouble = e.getMessage() == null ? e.toString() : e.getMessage();
            b = -1;
        }
        atFileEnd = b < 0;
        atLineEnd = b == '\n';
        length += atFileEnd || atLineEnd ? 0 : 1;
        return atLineEnd ? -1 : b;
    }

    @Override
    public int read() throws IOException {
        if (atLineEnd || atFileEnd) {
            return -1;
        }
        int b = raw();
        if (length > Limits.LINE_BYTES) {
            throw new TooLongException("the line is longer than " + Limits.LINE_BYTES + " bytes");
        }
        watchStrings(b);
        return b;
    }

    private void watchStrings(int b) throws TooLongException {
        if (!inString) {
            inString = b == '"';
            stringLength = 0;
        } else if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            inString = false;
        }
        if (++stringLength > Limits.STRING_BYTES && inString) {
            throw new TooLongException("it has a text of more than " + Limits.STRING_BYTES + " bytes");
        }
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            int b = read();
            if (b < 0) {
                break;
            }
            to[offset + done++] = (byte) b;
        }
        return done == 0 && count > 0 ? -1 : done;
    }
}
