package org.bhyvescope.hypervisor.recording;

/**
 * When something was recorded.
 *
 * @param wallMillis ms since 1970
 * @param nanos the host's monotonic clock, as that of snapshots
 */
public record Moment(long wallMillis, long nanos) {}
