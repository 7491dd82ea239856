package org.bhyvescope.hypervisor.recording;

import java.nio.ByteBuffer;

/**
 * A ring of bytes outside the heap, so that it neither fills the heap's old generation nor is moved by the collector.
 * Memory is taken as it is needed, for the first time round. Not thread-safe.
 */
final class ByteRing {
    private static final int SEGMENT = 1 << 18;

    private final long capacity;
    private final ByteBuffer[] segments;
    private long written;

    ByteRing(long capacity) {
        this.capacity = capacity;
        this.segments = new ByteBuffer[(int) ((capacity + SEGMENT - 1) / SEGMENT)];
    }

    long capacity() {
        return capacity;
    }

    /** Bytes written since the beginning: where the next ones will be. */
    long written() {
        return written;
    }

    /** Writes over the oldest bytes. */
    void write(byte[] bytes) {
        for (int done = 0; done < bytes.length; ) {
            int some = run(written, bytes.length - done);
            ByteBuffer segment = at(written);
            segment.put(segment.position(), bytes, done, some);
            done += some;
            written += some;
        }
    }

    /** Bytes that were written there, and not yet overwritten. */
    byte[] read(long from, int length) {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int some = run(from + done, length - done);
            ByteBuffer segment = at(from + done);
            segment.get(segment.position(), bytes, done, some);
            done += some;
        }
        return bytes;
    }

    /** How many bytes from there on, at most so many, lie in one piece. */
    private int run(long where, int atMost) {
        long place = where % capacity;
        long inPiece = Math.min(SEGMENT - place % SEGMENT, capacity - place);
        return (int) Math.min(inPiece, atMost);
    }

    /** The segment, positioned at the byte. */
    private ByteBuffer at(long where) {
        long place = where % capacity;
        int index = (int) (place / SEGMENT);
        if (segments[index] == null) {
            segments[index] = ByteBuffer.allocateDirect((int) Math.min(SEGMENT, capacity - (long) index * SEGMENT));
        }
        return segments[index].position((int) (place % SEGMENT));
    }
}
