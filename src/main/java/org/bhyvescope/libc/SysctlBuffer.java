package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The raw bytes of a sysctl whose length is not known beforehand, read again and again into the same memory. Never writes. Used
 * by one thread.
 */
public final class SysctlBuffer {
    /** The allow-list. */
    public enum Opaque {
        /** Slots of equal length, each a name padded with blanks and ended by a NUL (sys/kern/subr_intr.c, sys/x86/x86/intr_machdep.c). */
        INTERRUPT_NAMES("hw.intrnames"),
        /** An unsigned counter of 8 bytes for each of them. */
        INTERRUPT_COUNTS("hw.intrcnt");

        private final String text;

        Opaque(String text) {
            this.text = text;
        }

        /** As sysctl(8) takes it. */
        public String text() {
            return text;
        }
    }

    /** A host with ten thousand interrupt sources needs a tenth of it. */
    private static final long MAX_BYTES = 8 << 20;

    /** It may grow between asking for its length and reading it. */
    private static final int ATTEMPTS = 3;

    private static final int SLACK_SHARE = 8;
    private static final int LEAST_SLACK = 512;
    private static final int NAME_AT = Long.BYTES;
    private static final int HEAD_SIZE = NAME_AT + 64;

    private final Opaque name;
    private Memory head = new Memory(HEAD_SIZE);
    private Memory value = new Memory(LEAST_SLACK);
    private byte[] bytes = {};
    private int length;

    public SysctlBuffer(Opaque name) {
        this.name = name;
        byte[] text = name.text().getBytes(US_ASCII);
        head.clear();
        head.write(NAME_AT, text, 0, text.length);
    }

    /**
     * Reads it anew.
     *
     * @return why that was not possible; empty if it was, and {@link #bytes} are those of now
     */
    public Optional<String> read() {
        try {
            Libc.load();
            return readLoaded();
        } catch (LinkageError e) {
            return Optional.of("sysctl(3) cannot be called");
        }
    }

    private Optional<String> readLoaded() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int error = call(0);
            if (error != 0) {
                return failed(Errno.text(error));
            }
            long wanted = head.getLong(0);
            if (wanted < 0 || wanted > MAX_BYTES) {
                return failed("a length of " + wanted);
            }
            makeRoom(wanted);
            head.setLong(0, value.size());
            error = call(Pointer.nativeValue(value));
            if (error == 0) {
                return take(head.getLong(0));
            }
            if (error != Errno.ENOMEM.number()) {
                return failed(Errno.text(error));
            }
        }
        return failed("it grows faster than it can be read");
    }

    private int call(long into) {
        long address = Pointer.nativeValue(head);
        return Sysctls.readInto(address + NAME_AT, into, address);
    }

    private void makeRoom(long wanted) {
        if (wanted > value.size()) {
            Memory old = value;
            value = new Memory(wanted + Math.max(LEAST_SLACK, wanted / SLACK_SHARE));
            old.close();
        }
    }

    private Optional<String> take(long got) {
        if (got < 0 || got > value.size()) {
            return failed("a length of " + got);
        }
        length = (int) got;
        if (length > bytes.length) {
            bytes = new byte[(int) value.size()];
        }
        value.read(0, bytes, 0, length);
        return Optional.empty();
    }

    private Optional<String> failed(String why) {
        length = 0;
        return Optional.of(name.text() + ": " + why);
    }

    /** What was read last, in its first {@link #length} bytes; the next reading overwrites it. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Whether both read the same last. */
    public boolean sameAs(SysctlBuffer other) {
        return Arrays.equals(bytes, 0, length, other.bytes, 0, other.length);
    }
}
