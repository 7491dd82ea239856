package org.bhyvescope.cli;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.bhyvescope.capture.CaptureListener;
import org.bhyvescope.capture.FlightRecorder;
import org.bhyvescope.capture.Trigger;
import org.bhyvescope.libc.ChildCpuTime;
import org.bhyvescope.metrics.AgentMeters;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that runs, put together: source → ledger → board → metrics, web and captures. */
final class Agent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

    /** The deciding thread is at work every second; after this long something is broken. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final AgentMeters meters;
    private final Sampling sampling;
    private final FlightRecorder recorder;
    private final WebServer web;

    /**
     * Puts it together and binds the addresses; reads sysctls, but no VM yet.
     *
     * @param simulated a host in place of this one
     * @throws WebServer.BindException if an address cannot be listened on
     * @throws InterruptedException if the program is to end
     */
    private Agent(AgentConfig config, List<ListenAddress> listen, Optional<Simulated> simulated)
            throws WebServer.BindException, InterruptedException {
        warmUp();
        String version = Version.text();
        AtomicReference<AgentMeters> made = new AtomicReference<>();
        this.sampling = new Sampling(config, simulated, (children, host, sources, ledger) -> {
            AgentMeters fresh = new AgentMeters(
                    registry,
                    version,
                    sources.hypervisor()::name,
                    sources.hypervisor()::vcpuReads,
                    host,
                    sources.readingLocks(),
                    children,
                    ledger::board);
            made.set(fresh);
            return fresh;
        });
        this.meters = Objects.requireNonNull(made.get());
        registry.register(new VmCollector(sampling.ledger()::board, sampling.host()));
        makeStateDir(config.stateDir());
        this.recorder = recorder(config, version);
        this.web = new WebServer(
                listen,
                new WebServer.Content(
                        registry,
                        sampling.ledger()::board,
                        () -> sampling.scheduler().silentNanos() < SILENCE_NANOS,
                        sampling.scheduler()::isReady,
                        version,
                        config.telemetryPath()),
                config.web().map(AgentConfig.Web::security));
    }

    private FlightRecorder recorder(AgentConfig config, String version) {
        meters.registerCaptures(
                Arrays.stream(Trigger.values()).map(Trigger::label).toList());
        return Captures.recorder(sampling, config, version, new CaptureListener() {
            @Override
            public void captured(Trigger trigger) {
                meters.captured(trigger.label());
            }

            @Override
            public void suppressed(Trigger trigger) {
                meters.captureSuppressed(trigger.label());
            }

            @Override
            public void failed() {
                meters.captureFailed();
            }
        });
    }

    /** JNA takes 80 ms to unpack and load its library. The first scrape is not to wait for it; sysctl(8) is, now. */
    private static void warmUp() {
        Thread thread = new Thread(ChildCpuTime::seconds, "warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Puts it together and starts it.
     *
     * @param simulated a host in place of this one
     * @throws WebServer.BindException if an address cannot be listened on; nothing is open then
     */
    static Agent started(AgentConfig config, List<ListenAddress> listen, Optional<Simulated> simulated)
            throws WebServer.BindException, InterruptedException {
        Agent agent = new Agent(config, listen, simulated);
        agent.start();
        return agent;
    }

    /** Without it the report of a crash in native code would not be found at the next start, nor would there be captures. */
    private static void makeStateDir(Path directory) {
        try {
            Files.createDirectories(directory);
            StateVersion.write(directory);
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be made, or written ({}): no captures, and a crash in native code would be forgotten",
                    directory,
                    e.toString());
        }
    }

    private void start() {
        Sources sources = sampling.sources();
        if (!sources.choice().why().isEmpty()) {
            LOG.info(
                    "source {}: {}",
                    sources.hypervisor().name(),
                    sources.choice().why());
        }
        if (sampling.host().tscHz().isEmpty()) {
            LOG.warn("TSC frequency unknown: no bhyve_vcpu_run_seconds_total (--host.tsc-frequency=HZ gives it)");
        }
        if (sampling.host().hz().isEmpty()) {
            LOG.warn("kern.hz unknown: no bhyve_vcpu_idle_seconds_total (--host.hz=HZ gives it)");
        }
        sampling.start();
        recorder.start();
        web.start();
    }

    Board board() {
        return sampling.ledger().board();
    }

    /** What it reads, for the log. */
    String facts() {
        return StartLine.facts(
                sampling.host().releaseName(),
                sampling.sources().hypervisor().name(),
                sampling.interval().wanted(),
                sampling.stateInterval().wanted());
    }

    List<InetSocketAddress> addresses() {
        return web.addresses();
    }

    /** Stops within two seconds: no more answers, no more readings, no child left. */
    @Override
    public void close() {
        web.close();
        recorder.close();
        sampling.close();
    }
}
