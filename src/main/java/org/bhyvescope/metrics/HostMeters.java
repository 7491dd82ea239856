package org.bhyvescope.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.Machine;

/** What the host is: {@code bhyve_host_*}, as of the agent's start, but for the IOMMU. What it does not tell is absent. */
final class HostMeters {
    private static final String UNKNOWN = "unknown";

    private HostMeters() {}

    /** @param help the help text of a family */
    static void register(HostFacts host, MeterRegistry meters, UnaryOperator<String> help) {
        Machine machine = host.machine();
        if (host.release().isPresent() || machine.model().isPresent()) {
            Gauge.builder("bhyve.host.info", () -> 1)
                    .description(help.apply("bhyve_host_info"))
                    .tag("release", host.releaseName().orElse(UNKNOWN))
                    .tag("model", machine.model().orElse(UNKNOWN))
                    .tag("vendor", vendor(machine.vmx()))
                    .register(meters);
        }
        gauge("bhyve.host.ppt.devices", "bhyve_host_ppt_devices", machine.pptDevices(), meters, help);
    }

    /**
     * Whether an IOMMU is in use, which it is only once a VM has had a passthrough device. Registering it again changes nothing.
     *
     * @param inUse read at each scrape: it must not do I/O
     */
    static void registerIommu(LongSupplier inUse, MeterRegistry meters, UnaryOperator<String> help) {
        Gauge.builder("bhyve.host.iommu.enabled", inUse::getAsLong)
                .description(help.apply("bhyve_host_iommu_enabled"))
                .strongReference(true)
                .register(meters);
    }

    /** The sysctl exists on amd64 only, on both vendors, and tells only whether VMX is in use. */
    private static String vendor(OptionalLong vmx) {
        if (vmx.isEmpty()) {
            return UNKNOWN;
        }
        return vmx.getAsLong() == 0 ? "amd" : "intel";
    }

    private static void gauge(
            String name, String family, OptionalLong value, MeterRegistry meters, UnaryOperator<String> help) {
        if (value.isPresent()) {
            Gauge.builder(name, value::getAsLong)
                    .description(help.apply(family))
                    .strongReference(true)
                    .register(meters);
        }
    }
}
