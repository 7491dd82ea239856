package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

    /** A source of a passthrough device, and where its counter is. */
    record Slot(int index, String irq, String handlers) {}

    /**
     * The sources of passthrough devices.
     *
     * @param names {@code hw.intrnames}, in its first {@code namesLength} bytes
     * @param counts {@code hw.intrcnt}, likewise
     */
    static InterruptReading read(long nanos, byte[] names, int namesLength, byte[] counts, int countsLength) {
        Optional<String> problem = problem(names, namesLength, countsLength);
        return problem.isPresent()
                ? new InterruptReading.Failed(problem.get())
                : counted(nanos, slots(names, namesLength, countsLength), counts);
    }

    /** Why the two cannot be a table; empty if they can. */
    static Optional<String> problem(byte[] names, int namesLength, int countsLength) {
        int slots = countsLength / Long.BYTES;
        if (slots == 0 || countsLength % Long.BYTES != 0 || namesLength % slots != 0) {
            return Optional.of(
                    "hw.intrnames has " + namesLength + " bytes and hw.intrcnt " + countsLength + ", which do not fit");
        }
        int stride = namesLength / slots;
        if (stride < LEAST_STRIDE) {
            return Optional.of("hw.intrnames has only " + stride + " bytes a name");
        }
        for (int end = stride - 1; end < namesLength; end += stride) {
            if (names[end] != 0) {
                return Optional.of("a name of hw.intrnames goes on beyond " + stride + " bytes");
            }
        }
        return Optional.empty();
    }

    /** Those of passthrough devices in a table that is one. */
    static List<Slot> slots(byte[] names, int namesLength, int countsLength) {
        int slots = countsLength / Long.BYTES;
        int stride = namesLength / slots;
        List<Slot> found = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            int from = slot * stride;
            if (holds(names, from, from + stride)) {
                int index = slot;
                InterruptName.ofPpt(text(names, from))
                        .ifPresent(name -> found.add(new Slot(index, name.irq(), name.handlers())));
            }
        }
        return List.copyOf(found);
    }

    static InterruptReading counted(long nanos, List<Slot> slots, byte[] counts) {
        ByteBuffer counters = ByteBuffer.wrap(counts).order(ByteOrder.nativeOrder());
        List<Source> sources = new ArrayList<>(slots.size());
        for (Slot slot : slots) {
            sources.add(new Source(slot.irq(), slot.handlers(), counters.getLong(slot.index() * Long.BYTES)));
        }
        return new InterruptReading.Counted(nanos, List.copyOf(sources));
    }

    /** Of thousands of slots few are a device's: no text is made of the others. */
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
