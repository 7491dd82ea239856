package org.bhyvescope.cli;

import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.sampling.SamplingListener;

/** For a scheduler whose costs nobody asks for. */
final class Unheard implements SamplingListener {
    @Override
    public void sampled(long nanos, Reading outcome, long idleRequests) {}

    @Override
    public void interval(double seconds) {}

    @Override
    public void stateRead(int lockingReads) {}

    @Override
    public void stateInterval(double seconds) {}

    @Override
    public void logSuppressed() {}
}
