package org.bhyvescope.hypervisor.recording;

import java.util.Arrays;

/** A growing array of bytes. Numbers are written in groups of seven bits, the lowest first. Not thread-safe. */
final class ByteSink {
    /** Bytes of the longest number. */
    static final int LONGEST = 10;

    private static final int SMALLEST = 1024;

    private byte[] bytes = new byte[SMALLEST];
    private int size;

    int size() {
        return size;
    }

    int capacity() {
        return bytes.length;
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, size);
    }

    /** The array itself, of which {@link #size} bytes count. */
    byte[] array() {
        return bytes;
    }

    void clear() {
        size = 0;
    }

    /** Makes room for so many bytes more; the methods below need it to be there. */
    void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }

    void put(int value) {
        bytes[size++] = (byte) value;
    }

    void put(byte[] more) {
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
    }

    /** Leaves room for bytes to be set later, and returns where it is. The room is zero. */
    int skip(int count) {
        int at = size;
        Arrays.fill(bytes, at, at + count, (byte) 0);
        size += count;
        return at;
    }

    void setBit(int at, int bit) {
        bytes[at + bit / Byte.SIZE] |= (byte) (1 << bit % Byte.SIZE);
    }

    /** Small where the number, as an unsigned one, is small. */
    void unsigned(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            put((int) rest | 0x80);
            rest >>>= 7;
        }
        put((int) rest);
    }

    /** Small where the number is near 0, on either side. */
    void signed(long value) {
        unsigned(value << 1 ^ value >> (Long.SIZE - 1));
    }
}
