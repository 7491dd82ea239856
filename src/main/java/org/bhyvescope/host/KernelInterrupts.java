package org.bhyvescope.host;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bhyvescope.libc.SysctlBuffer;
import org.bhyvescope.libc.SysctlBuffer.Opaque;
import org.bhyvescope.libc.Sysctls;

/** The kernel's interrupt counters by sysctl(3). Needs no rights. */
final class KernelInterrupts implements InterruptCounters {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final LongSupplier nanoClock;
    private final SysctlBuffer names = new SysctlBuffer(Opaque.INTERRUPT_NAMES);
    private final SysctlBuffer namesAfter = new SysctlBuffer(Opaque.INTERRUPT_NAMES);
    private final SysctlBuffer counts = new SysctlBuffer(Opaque.INTERRUPT_COUNTS);

    /** What the slots below were found in: names change seldom, and are looked through only then. */
    private byte[] seenNames = {};

    private int seenLength = -1;
    private List<InterruptSlots.Slot> slots = List.of();

    /** @param nanoClock monotonic clock in ns */
    KernelInterrupts(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public Duration interval() {
        return INTERVAL;
    }

    @Override
    public InterruptReading read() {
        if (!Sysctls.available()) {
            return new InterruptReading.Failed("sysctl(3) is FreeBSD's");
        }
        // A slot that changes hands in between would give one's count to the other: a second attempt, and then no more.
        for (int attempt = 0; attempt < 2; attempt++) {
            Optional<String> problem = names.read();
            if (problem.isEmpty()) {
                problem = counts.read();
            }
            long nanos = nanoClock.getAsLong();
            if (problem.isEmpty()) {
                problem = namesAfter.read();
            }
            if (problem.isPresent()) {
                return new InterruptReading.Failed(problem.get());
            }
            if (names.sameAs(namesAfter)) {
                return counted(nanos);
            }
        }
        return new InterruptReading.Failed("interrupts were set up or torn down while they were read");
    }

    private InterruptReading counted(long nanos) {
        boolean same = counts.length() == seenLength
                && Arrays.equals(seenNames, 0, seenNames.length, names.bytes(), 0, names.length());
        if (!same) {
            Optional<String> problem = InterruptSlots.problem(names.bytes(), names.length(), counts.length());
            if (problem.isPresent()) {
                return new InterruptReading.Failed(problem.get());
            }
            slots = InterruptSlots.slots(names.bytes(), names.length(), counts.length());
            seenNames = Arrays.copyOf(names.bytes(), names.length());
            seenLength = counts.length();
        }
        return InterruptSlots.counted(nanos, slots, counts.bytes());
    }
}
