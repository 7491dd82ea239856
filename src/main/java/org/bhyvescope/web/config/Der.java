package org.bhyvescope.web.config;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** As much of DER (X.690) as private keys need: reading an element, and writing one. */
final class Der {
    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_ID = 0x06;
    static final int SEQUENCE = 0x30;
    static final int CONTEXT_0 = 0xa0;
    private static final byte[] NULL = {0x05, 0x00};
    private static final int LONG_FORM = 0x80;

    private final ByteBuffer in;

    private Der(ByteBuffer in) {
        this.in = in;
    }

    static Der of(byte[] bytes) {
        return new Der(ByteBuffer.wrap(bytes));
    }

    /**
     * The content of the next element.
     *
     * @throws BadFileException if it has another tag or is cut off
     */
    Der next(int tag) throws BadFileException {
        return optional(tag).orElseThrow(() -> damaged());
    }

    /** The content of the next element, which stays where it is if it has another tag. */
    Optional<Der> optional(int tag) throws BadFileException {
        if (!in.hasRemaining() || (in.get(in.position()) & 0xff) != tag) {
            return Optional.empty();
        }
        in.get();
        int length = length();
        if (length > in.remaining()) {
            throw damaged();
        }
        Der content = new Der(in.slice(in.position(), length));
        in.position(in.position() + length);
        return Optional.of(content);
    }

    private int length() throws BadFileException {
        if (!in.hasRemaining()) {
            throw damaged();
        }
        int first = in.get() & 0xff;
        if (first < LONG_FORM) {
            return first;
        }
        int bytes = first - LONG_FORM;
        if (bytes < 1 || bytes > 3 || bytes > in.remaining()) {
            throw damaged();
        }
        int length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | (in.get() & 0xff);
        }
        return length;
    }

    /** What is left of it. */
    byte[] bytes() {
        byte[] all = new byte[in.remaining()];
        in.duplicate().get(all);
        return all;
    }

    private static BadFileException damaged() {
        return new BadFileException("holds a private key that is damaged; copy it again");
    }

    /** An element. */
    static byte[] element(int tag, byte[]... contents) {
        int length = Arrays.stream(contents).mapToInt(c -> c.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int bytes = length < LONG_FORM ? 0 : (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
        if (bytes > 0) {
            out.write(LONG_FORM + bytes);
        }
        for (int shift = 8 * Math.max(0, bytes - 1); shift >= 0; shift -= 8) {
            out.write(length >> shift);
        }
        for (byte[] content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    /** A PKCS#8 key (RFC 5208) around a key of its algorithm's own form. */
    static byte[] pkcs8(String oid, byte[] parameters, byte[] key) {
        byte[] id = element(OBJECT_ID, HexFormat.of().parseHex(oid));
        byte[] algorithm = element(SEQUENCE, id, parameters.length == 0 ? NULL : parameters);
        return element(SEQUENCE, element(INTEGER, new byte[] {0}), algorithm, element(OCTET_STRING, key));
    }
}
