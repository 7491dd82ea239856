package org.bhyvescope.hypervisor.recording;

import java.util.OptionalLong;

/**
 * What the first line of a recording says.
 *
 * @param agent version of the bhyvescope that wrote it
 * @param created wall clock at its beginning, as ISO 8601 in UTC
 * @param tscHz TSC frequency of the host in Hz
 * @param hz the host's clock ticks a second
 * @param release {@code kern.osreldate}
 * @param source how the VMs were read
 */
public record RecordingHeader(
        String agent, String created, OptionalLong tscHz, OptionalLong hz, OptionalLong release, String source) {
    static final String FORMAT = "bhyvescope recording";
    static final long VERSION = 1;
}
