package org.bhyvescope.metrics;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.libc.ChildCpuTime;
import org.bhyvescope.os.Children;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.SamplingListener;
import org.bhyvescope.sampling.VmView;

/** What the agent costs and how well it reads: {@code bhyvescope_*}, and the JVM's own, by Micrometer. */
public final class AgentMeters implements SamplingListener {
    /** Bounds of the reading time: 0.1 ms to 10 s. */
    private static final Duration[] BOUNDS = List.of(
                    100L,
                    250L,
                    500L,
                    1_000L,
                    2_500L,
                    5_000L,
                    10_000L,
                    25_000L,
                    50_000L,
                    100_000L,
                    250_000L,
                    500_000L,
                    1_000_000L,
                    2_500_000L,
                    5_000_000L,
                    10_000_000L)
            .stream()
            .map(micros -> Duration.ofNanos(micros * 1000))
            .toArray(Duration[]::new);

    private final Counter samples;
    private final Supplier<String> source;
    private final LongSupplier vcpuReads;
    private final Counter idleRequests;
    private final Counter suppressed;
    private final BooleanSupplier readingLocks;
    private final MeterRegistry meters;
    private final MetricTable table;
    private final LongAdder stateLockingReads = new LongAdder();
    private volatile OfSource ofSource;
    private volatile long iommuInUse;
    private volatile double intervalSeconds = Double.NaN;
    private volatile double stateIntervalSeconds = Double.NaN;

    /**
     * Registers everything.
     *
     * @param registry the registry that is scraped, together with the {@link VmCollector}
     * @param source the name of the source in use
     * @param vcpuReads readings of one vCPU so far
     * @param host the machine
     * @param readingLocks whether a reading freezes the vCPU on this host, as far as that is known by now
     */
    // Meters hold what they measure weakly: this object and the children are held by the agent while it runs.
    public AgentMeters(
            PrometheusRegistry registry,
            String version,
            Supplier<String> source,
            LongSupplier vcpuReads,
            HostFacts host,
            BooleanSupplier readingLocks,
            Children children,
            Supplier<Board> board) {
        this.meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM);
        // What promtool refuses (a unit of ns, a suffix _count), and what a node exporter tells better.
        meters.config()
                .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
                .meterFilter(MeterFilter.denyNameStartsWith("system."));
        this.table = MetricTable.load();
        this.readingLocks = readingLocks;
        this.source = source;
        this.vcpuReads = vcpuReads;
        Gauge.builder("bhyvescope.build.info", () -> 1)
                .description(help("bhyvescope_build_info"))
                .tag("version", version)
                .tag("java", Runtime.version().toString())
                .register(meters);
        HostMeters.register(host, meters, this::help);
        iommuInUse(host.machine().iommuInUse());
        intervalGauge("stats", a -> a.intervalSeconds);
        Gauge.builder("bhyvescope.abandoned.children", children, Children::abandoned)
                .description(help("bhyvescope_abandoned_children"))
                .register(meters);
        Gauge.builder("bhyvescope.unknown.stats", board, b -> unknownStats(b.get()))
                .description(help("bhyvescope_unknown_stats"))
                .strongReference(true)
                .register(meters);
        FunctionCounter.builder("bhyvescope.forks", children, Children::starts)
                .description(help("bhyvescope_forks_total"))
                .register(meters);
        FunctionCounter.builder(
                        "bhyvescope.children.cpu",
                        children,
                        c -> ChildCpuTime.seconds().orElse(Double.NaN))
                .description(help("bhyvescope_children_cpu_seconds_total"))
                .baseUnit("seconds")
                .register(meters);
        this.samples = counter("bhyvescope.samples");
        FunctionCounter.builder("bhyvescope.vcpu.reads", this, a -> a.vcpuReads.getAsLong())
                .description(help("bhyvescope_vcpu_reads_total"))
                .register(meters);
        FunctionCounter.builder("bhyvescope.locking.reads", this, AgentMeters::lockingReads)
                .description(help("bhyvescope_locking_reads_total"))
                .register(meters);
        this.idleRequests = counter("bhyvescope.idle.requests.seen");
        this.suppressed = counter("bhyvescope.log.suppressed");
        this.ofSource = new OfSource(source.get());
        FunctionCounter.builder("process.cpu", ManagementFactory.getOperatingSystemMXBean(), AgentMeters::cpuSeconds)
                .description("CPU time of the agent itself, user and system, without its children.")
                .baseUnit("seconds")
                .register(meters);
        new JvmMemoryMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new FileDescriptorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
    }

    /**
     * Whether an IOMMU is in use, as read again.
     *
     * @param initialized {@code hw.vmm.iommu.initialized}; where it cannot be read the last value stays
     */
    public final void iommuInUse(OptionalLong initialized) {
        if (initialized.isPresent()) {
            iommuInUse = initialized.getAsLong();
            HostMeters.registerIommu(() -> iommuInUse, meters, this::help);
        }
    }

    private void intervalGauge(String schedule, ToDoubleFunction<AgentMeters> value) {
        Gauge.builder("bhyvescope.sample.interval", this, value)
                .description(help("bhyvescope_sample_interval_seconds"))
                .baseUnit("seconds")
                .tag("schedule", schedule)
                .register(meters);
    }

    /** Of statistics, one for each vCPU where they lock; of states, as many as the table of costs says. */
    private double lockingReads() {
        return (double) ((readingLocks.getAsBoolean() ? vcpuReads.getAsLong() : 0) + stateLockingReads.sum());
    }

    private Counter counter(String name) {
        String family = name.replace('.', '_') + "_total";
        return Counter.builder(name).description(help(family)).register(meters);
    }

    private String help(String family) {
        return table.find(family).help();
    }

    private static double cpuSeconds(OperatingSystemMXBean system) {
        return system instanceof com.sun.management.OperatingSystemMXBean more
                ? more.getProcessCpuTime() / 1e9
                : Double.NaN;
    }

    /** Descriptions that no table row knows, over all VMs. */
    private static double unknownStats(Board board) {
        return board.vms().stream()
                .map(VmView::sample)
                .flatMap(Optional::stream)
                .map(VmView.Sample::plan)
                .distinct()
                .flatMap(plan -> Arrays.stream(plan.unknownColumns()).mapToObj(plan.table()::name))
                .distinct()
                .count();
    }

    /** What bears the source's name, which can change once: {@code --source=auto} may turn to another. */
    private final class OfSource {
        private final String name;
        private final Gauge info;
        private final Timer duration;

        OfSource(String name) {
            this.name = name;
            this.info = Gauge.builder("bhyvescope.source.info", () -> 1)
                    .description(help("bhyvescope_source_info"))
                    .tag("source", name)
                    .register(meters);
            this.duration = Timer.builder("bhyvescope.sample.duration")
                    .description(help("bhyvescope_sample_duration_seconds"))
                    .tag("source", name)
                    .serviceLevelObjectives(BOUNDS)
                    .register(meters);
        }
    }

    private OfSource ofSource() {
        if (!ofSource.name.equals(source.get())) {
            synchronized (this) {
                if (!ofSource.name.equals(source.get())) {
                    meters.remove(ofSource.info);
                    ofSource = new OfSource(source.get());
                }
            }
        }
        return ofSource;
    }

    @Override
    public void sampled(long nanos, Reading outcome, long idleRequests) {
        ofSource().duration.record(nanos, TimeUnit.NANOSECONDS);
        if (outcome instanceof Snapshot) {
            samples.increment();
            this.idleRequests.increment((double) idleRequests);
        }
    }

    @Override
    public void interval(double seconds) {
        intervalSeconds = seconds;
    }

    @Override
    public void stateRead(int lockingReads) {
        stateLockingReads.add(lockingReads);
    }

    @Override
    public void stateInterval(double seconds) {
        boolean first = Double.isNaN(stateIntervalSeconds);
        stateIntervalSeconds = seconds;
        if (first) {
            intervalGauge("state", a -> a.stateIntervalSeconds);
        }
    }

    @Override
    public void logSuppressed() {
        suppressed.increment();
    }
}
