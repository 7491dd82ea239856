package org.bhyvescope.sampling;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.hypervisor.Reading;

/** Keeps what it is told. */
final class FakeListener implements SamplingListener {
    final AtomicLong samples = new AtomicLong();
    final AtomicLong suppressed = new AtomicLong();
    final List<Double> intervals = new CopyOnWriteArrayList<>();
    final List<Double> stateIntervals = new CopyOnWriteArrayList<>();
    final List<Integer> lockingReads = new CopyOnWriteArrayList<>();

    @Override
    public void sampled(long nanos, Reading outcome, long idleRequests) {
        samples.incrementAndGet();
    }

    @Override
    public void interval(double seconds) {
        intervals.add(seconds);
    }

    @Override
    public void stateRead(int reads) {
        lockingReads.add(reads);
    }

    @Override
    public void stateInterval(double seconds) {
        stateIntervals.add(seconds);
    }

    @Override
    public void logSuppressed() {
        suppressed.incrementAndGet();
    }
}
