package org.bhyvescope.cli;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.Sysctl;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.libc.ChildCpuTime;
import org.bhyvescope.metrics.AgentMeters;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.Scheduler;
import org.bhyvescope.sampling.StateInterval;
import org.bhyvescope.sampling.StateSchedule;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that runs, put together: source → ledger → board → metrics and web. */
final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    /** The deciding thread is at work every second; after this long something is broken. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final LongSupplier NANO_CLOCK = System::nanoTime;

    private final Children children;
    private final HostFacts host;
    private final Sources sources;
    private final Hypervisor hypervisor;
    private final Ledger ledger;
    private final History history;
    private final AgentMeters meters;
    private final Scheduler scheduler;
    private final StateSchedule stateSchedule;
    private final WebServer web;

    /**
     * Puts it together and binds the addresses; reads sysctls, but no VM yet.
     *
     * @param simulated the facts of a simulated host, in place of this one's
     * @throws WebServer.BindException if an address cannot be listened on
     * @throws InterruptedException if the program is to end
     */
    private Agent(AgentConfig config, List<ListenAddress> listen, Optional<HostFacts> simulated)
            throws WebServer.BindException, InterruptedException {
        warmUp();
        this.children = new Children(NANO_CLOCK);
        this.host = simulated.isPresent() ? simulated.get() : host(config, children);
        this.sources = Sources.of(config, children, host);
        this.hypervisor = sources.hypervisor();
        if (sources.choice().kind() != SourceChoice.Kind.BHYVECTL) {
            makeStateDir(config.stateDir());
        }
        this.ledger = new Ledger(StatisticsTable.load(), host);
        this.history = new History(config.historyBytes());
        ledger.tell(new HistoryKeeper(history));
        PrometheusRegistry registry = new PrometheusRegistry();
        String version = Version.text();
        this.meters = new AgentMeters(
                registry,
                version,
                hypervisor::name,
                hypervisor::vcpuReads,
                host,
                sources.readingLocks(),
                children,
                ledger::board);
        registry.register(new VmCollector(ledger::board, host));
        Interval interval = new Interval(config.interval(), hypervisor::readsPerSecond, sources.readingLocks());
        this.scheduler = new Scheduler(hypervisor, ledger, interval, config.readTimeout(), meters, NANO_CLOCK);
        this.stateSchedule = new StateSchedule(
                sources.states(),
                ledger,
                new StateSchedule.Settings(
                        new StateInterval(config.stateInterval(), sources.readingLocks()),
                        interval,
                        config.readTimeout(),
                        host.release()),
                meters,
                NANO_CLOCK);
        this.web = new WebServer(
                listen,
                new WebServer.Content(
                        registry,
                        ledger::board,
                        () -> scheduler.silentNanos() < SILENCE_NANOS,
                        scheduler::isReady,
                        version,
                        config.telemetryPath()));
    }

    /** JNA takes 80 ms to unpack and load its library. The first scrape is not to wait for it; sysctl(8) is, now. */
    private static void warmUp() {
        Thread thread = new Thread(ChildCpuTime::seconds, "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    /** The host's units: flags first, then sysctl. */
    static HostFacts host(AgentConfig config, Children children) throws InterruptedException {
        HostFacts given = new HostFacts(config.tscHz(), config.hz(), OptionalLong.empty());
        return given.orElse(new Sysctl(Tools.ofThisHost().path(Tool.SYSCTL), children).facts());
    }

    /** How long reading one VM may take: {@code --read.timeout}, or the interval if that is longer. */
    static Duration allowed(AgentConfig config, Interval interval) {
        Duration wanted = interval.wanted();
        return wanted.compareTo(config.readTimeout()) > 0 ? wanted : config.readTimeout();
    }

    /**
     * Puts it together and starts it.
     *
     * @param simulated the facts of a simulated host, in place of this one's
     * @throws WebServer.BindException if an address cannot be listened on; nothing is open then
     */
    static Agent started(AgentConfig config, List<ListenAddress> listen, Optional<HostFacts> simulated)
            throws WebServer.BindException, InterruptedException {
        Agent agent = new Agent(config, listen, simulated);
        agent.start();
        return agent;
    }

    /** Without it the report of a crash in native code would not be found at the next start. */
    private static void makeStateDir(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            LOG.warn("{} cannot be made ({}): a crash in native code would be forgotten", directory, e.toString());
        }
    }

    private void start() {
        if (sources.choice().why().isEmpty()) {
            LOG.info("source {}", hypervisor.name());
        } else {
            LOG.info("source {}: {}", hypervisor.name(), sources.choice().why());
        }
        if (host.tscHz().isEmpty()) {
            LOG.warn("TSC frequency unknown: no bhyve_vcpu_run_seconds_total (--host.tsc-frequency=HZ gives it)");
        }
        if (host.hz().isEmpty()) {
            LOG.warn("kern.hz unknown: no bhyve_vcpu_idle_seconds_total (--host.hz=HZ gives it)");
        }
        scheduler.start();
        stateSchedule.start();
        web.start();
    }

    Board board() {
        return ledger.board();
    }

    /** The samples of the last minutes. */
    History history() {
        return history;
    }

    List<InetSocketAddress> addresses() {
        return web.addresses();
    }

    /** Stops within two seconds: no more answers, no more readings, no child left. */
    @Override
    public void close() {
        web.close();
        stateSchedule.close();
        scheduler.close();
        sources.close();
        children.close();
    }
}
