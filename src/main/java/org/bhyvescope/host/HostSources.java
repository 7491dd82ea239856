package org.bhyvescope.host;

import java.util.Optional;
import java.util.function.Function;
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
        Function<String, Optional<String>> configuration) {}
