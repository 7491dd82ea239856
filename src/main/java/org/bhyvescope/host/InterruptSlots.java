package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.host.InterruptReading.Source;

/**
 * The kernel's table of interrupt sources: a name in a slot and a counter for each. How long a slot is follows from the
 * lengths of both (x86: 20 bytes, arm64 and riscv64: 39). Slots that are not used hold NULs.
 */
final class InterruptSlots {
    /** Shorter than any name, so the lengths are not what they are taken for. */
    private static final int LEAST_STRIDE = 8;

    private static final byte[] DRIVER = {'p', 'p', 't'};

    private InterruptSlots() {}

    /**
     * The sources of passthrough devices.
     *
     * @param names {@code hw.intrnames}, in its first {@code namesLength} bytes
     * @param counts {@code hw.intrcnt}, likewise
     */
    static InterruptReading read(long nanos, byte[] names, int namesLength, byte[] counts, int countsLength) {
        int slots = countsLength / Long.BYTES;
        if (slots == 0 || countsLength % Long.BYTES != 0 || namesLength % slots != 0) {
            return new InterruptReading.Failed(
                    "hw.intrnames has " + namesLength + " bytes and hw.intrcnt " + countsLength + ", which do not fit");
        }
        int stride = namesLength / slots;
        if (stride < LEAST_STRIDE) {
            return new InterruptReading.Failed("hw.intrnames has only " + stride + " bytes a name");
        }
        ByteBuffer counters = ByteBuffer.wrap(counts, 0, countsLength).order(ByteOrder.nativeOrder());
        List<Source> sources = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            int from = slot * stride;
            if (names[from + stride - 1] != 0) {
                return new InterruptReading.Failed("a name of hw.intrnames goes on beyond " + stride + " bytes");
            }
            if (holds(names, from, from + stride)) {
                long count = counters.getLong(slot * Long.BYTES);
                InterruptName.ofPpt(text(names, from))
                        .ifPresent(name -> sources.add(new Source(name.irq(), name.handlers(), count)));
            }
        }
        return new InterruptReading.Counted(nanos, List.copyOf(sources));
    }

    /** Thousands of slots are looked at each second, and few are a device's: no text is made of the others. */
    private static boolean holds(byte[] names, int from, int to) {
        for (int at = from; at + DRIVER.length <= to; at++) {
            if (names[at] == DRIVER[0] && names[at + 1] == DRIVER[1] && names[at + 2] == DRIVER[2]) {
                return true;
            }
        }
        return false;
    }

    /** Every slot ends in a NUL. */
    private static String text(byte[] names, int from) {
        int length = 0;
        while (names[from + length] != 0) {
            length++;
        }
        return new String(names, from, length, ISO_8859_1);
    }
}
