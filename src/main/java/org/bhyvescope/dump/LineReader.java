package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Lines of a stream, ended by LF, CR or CR LF. What exceeds {@link #MAX} bytes of a line is dropped. */
final class LineReader {
    /** A logger's record of 16 KB has room, and a set of 4,096 vCPUs. */
    static final int MAX = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[1 << 13];
    private int from;
    private int to;
    private byte[] line = new byte[256];
    private int length;
    private boolean overlong;
    private boolean terminated;
    private boolean afterCr;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** Reads the next line; false at the end of the stream. */
    boolean next() throws IOException {
        length = 0;
        overlong = false;
        terminated = false;
        boolean any = false;
        while (from < to || fill()) {
            byte b = buffer[from++];
            boolean second = afterCr && b == '\n';
            afterCr = b == '\r';
            if (second) {
                continue;
            }
            any = true;
            if (b == '\n' || b == '\r') {
                terminated = true;
                return true;
            }
            add(b);
        }
        return any;
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(buffer));
        return to > 0;
    }

    private void add(byte b) {
        if (length == MAX) {
            overlong = true;
            return;
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, length * 2);
        }
        line[length++] = b;
    }

    String text() {
        return new String(line, 0, length, ISO_8859_1);
    }

    /** Whether a newline ended it; else the stream did. */
    boolean isTerminated() {
        return terminated;
    }

    /** Whether bytes of it were dropped. */
    boolean isOverlong() {
        return overlong;
    }
}
