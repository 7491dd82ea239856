package org.bhyvescope.hypervisor.recording;

/** Reads what a {@link ByteSink} wrote. */
final class ByteSource {
    private final byte[] bytes;
    private int position;

    ByteSource(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isAtEnd() {
        return position == bytes.length;
    }

    int get() {
        return bytes[position++];
    }

    byte[] get(int count) {
        byte[] some = new byte[count];
        System.arraycopy(bytes, position, some, 0, count);
        position += count;
        return some;
    }

    int skip(int count) {
        int at = position;
        position += count;
        return at;
    }

    boolean bit(int at, int bit) {
        return (bytes[at + bit / Byte.SIZE] >> bit % Byte.SIZE & 1) != 0;
    }

    long unsigned() {
        long value = 0;
        int shift = 0;
        int group;
        do {
            group = get();
            value |= (group & 0x7FL) << shift;
            shift += 7;
        } while (group < 0);
        return value;
    }

    long signed() {
        long value = unsigned();
        return value >>> 1 ^ -(value & 1);
    }

    int length() {
        return (int) unsigned();
    }
}
