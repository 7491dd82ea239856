package org.bhyvescope.host;

import java.time.Duration;
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
                return InterruptSlots.read(nanos, names.bytes(), names.length(), counts.bytes(), counts.length());
            }
        }
        return new InterruptReading.Failed("interrupts were set up or torn down while they were read");
    }
}
