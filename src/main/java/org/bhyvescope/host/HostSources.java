package org.bhyvescope.host;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Where what is known of the machine around the VMs comes from.
 *
 * @param iommu as of now: it comes into use with the first VM that has a device passed through
 * @param configuration the text of a file that bhyve was given by {@code -k}; empty where it cannot be read
 */
public record HostSources(
        ProcessTable processes,
        ProcessExits exits,
        DeviceTable devices,
        InterruptCounters interrupts,
        Supplier<Iommu> iommu,
        Function<String, Optional<String>> configuration) {
    /** The same, without the processes of VMs that are not wanted: a device of theirs is one whose VM is unknown. */
    public HostSources only(Predicate<String> wanted) {
        ProcessTable table = new ProcessTable() {
            @Override
            public ProcessListing list() throws InterruptedException {
                ProcessListing listing = processes.list();
                return listing instanceof ProcessListing.Listed listed ? listed.only(wanted) : listing;
            }

            @Override
            public Duration interval() {
                return processes.interval();
            }
        };
        return new HostSources(table, exits, devices, interrupts, iommu, configuration);
    }
}
