package org.bhyvescope.web;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What requests may take of CPU and memory, whoever sends how many. A body is made whole in a turn, of which there are two, and sent
 * afterwards: a client that reads slowly keeps its bytes, which are counted, and its thread, but no turn.
 */
final class Load {
    private static final int TURNS = 2;
    private static final int MAX_WAITING = 32;
    private static final long PATIENCE_SECONDS = 10;
    private static final int UNIT = 1024;
    private static final int UNITS = 8 * 1024;

    private final Semaphore turns = new Semaphore(TURNS, true);
    private final Semaphore units = new Semaphore(UNITS);

    /** Too much is asked for at a time. */
    static final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Makes a body. */
    interface Maker {
        void writeTo(OutputStream out) throws IOException;
    }

    /** A body in memory, counted until it is closed. */
    final class Body implements AutoCloseable {
        private final Buffer bytes;
        private final int held;

        private Body(Buffer bytes, int held) {
            this.bytes = bytes;
            this.held = held;
        }

        int size() {
            return bytes.size();
        }

        void writeTo(OutputStream out) throws IOException {
            bytes.writeTo(out);
        }

        InputStream stream() {
            return bytes.stream();
        }

        @Override
        public void close() {
            units.release(held);
        }
    }

    /** Without a copy for who reads it. */
    private static final class Buffer extends ByteArrayOutputStream {
        InputStream stream() {
            return new ByteArrayInputStream(buf, 0, count);
        }
    }

    /**
     * Makes a body as soon as there is a turn.
     *
     * @throws BusyException if there is none soon, or no memory
     */
    Body make(Maker maker) throws IOException {
        if (turns.getQueueLength() >= MAX_WAITING) {
            throw new BusyException();
        }
        try {
            if (!turns.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new BusyException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BusyException();
        }
        try {
            Buffer bytes = new Buffer();
            maker.writeTo(bytes);
            int wanted = Math.min(UNITS, bytes.size() / UNIT + 1);
            if (!units.tryAcquire(wanted)) {
                throw new BusyException();
            }
            return new Body(bytes, wanted);
        } finally {
            turns.release();
        }
    }

    /** How many wait for a turn. */
    int waiting() {
        return turns.getQueueLength();
    }
}
