package org.bhyvescope.sampling;

import org.bhyvescope.hypervisor.Reading;

/** Told of what the scheduler does, for the agent's own metrics. Called from several threads; must not throw or wait. */
public interface SamplingListener {
    /** Nobody is told. */
    SamplingListener NOBODY = new SamplingListener() {
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
    };

    /**
     * A VM was read.
     *
     * @param nanos how long it took, waiting for a turn included
     * @param outcome what came of it
     * @param idleRequests requests to stop one of its vCPUs for a moment, by whomever, since the reading before
     */
    void sampled(long nanos, Reading outcome, long idleRequests);

    /** The interval in force, in seconds; told whenever it changes. */
    void interval(double seconds);

    /**
     * The state of a vCPU was read, or tried to be.
     *
     * @param lockingReads how often that froze the vCPU for a moment, at most
     */
    void stateRead(int lockingReads);

    /** The interval of the states in force, in seconds; told whenever it changes, never if they are not read. */
    void stateInterval(double seconds);

    /** A failure was counted instead of being logged again. */
    void logSuppressed();
}
