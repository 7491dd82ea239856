package org.bhyvescope.cli;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.recording.RecordingHeader;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.metrics.AgentMeters;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Ending;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent that plays a recording: player → ledger → board → metrics and web. It reads no VM and starts no process. */
final class ReplayAgent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayAgent.class);
    private static final String SOURCE = "recording";
    private final AgentConfig.Replay replay;
    private final RecordingReader recording;
    private final HostFacts host;
    private final Children children = new Children(System::nanoTime);
    private final Ledger ledger;

    /** Meters hold what they measure weakly: it must live as long as they do. */
    @SuppressWarnings("UnusedVariable")
    private final AgentMeters meters;

    private final Player player;
    private final Thread thread;
    private final WebServer web;
    private volatile boolean ended;
    private volatile boolean broken;

    private ReplayAgent(AgentConfig config, AgentConfig.Replay replay, RecordingReader recording)
            throws WebServer.BindException {
        this.replay = replay;
        this.recording = recording;
        this.host = host(config, recording.header());
        this.ledger = new Ledger(StatisticsTable.load(), host);
        PrometheusRegistry registry = new PrometheusRegistry();
        this.meters = new AgentMeters(
                registry, Version.text(), () -> SOURCE, () -> 0, host, () -> false, children, ledger::board);
        registry.register(new VmCollector(ledger::board, host));
        Path file = replay.file();
        this.player = new Player(recording, ledger, config.wanted(), problem -> LOG.warn("{}, {}", file, problem));
        this.thread = new Thread(this::play, "player");
        thread.setDaemon(true);
        this.web = new WebServer(
                config.listen(),
                new WebServer.Content(
                        registry,
                        ledger::board,
                        () -> !broken,
                        () -> ended || !ledger.board().vms().isEmpty(),
                        Version.text(),
                        config.telemetryPath()),
                config.web().map(AgentConfig.Web::security));
    }

    /**
     * Begins to play and to serve.
     *
     * @param recording closed with the agent, or if it cannot start
     * @throws WebServer.BindException if an address cannot be listened on; nothing is open then
     */
    static ReplayAgent started(AgentConfig config, RecordingReader recording) throws WebServer.BindException {
        try {
            ReplayAgent agent = new ReplayAgent(config, config.replay().orElseThrow(), recording);
            agent.start();
            return agent;
        } catch (WebServer.BindException e) {
            close(recording);
            throw e;
        }
    }

    /** The units of the recorded host: flags first, then what the recording says. */
    static HostFacts host(AgentConfig config, RecordingHeader header) {
        return new HostFacts(config.tscHz(), config.hz(), OptionalLong.empty())
                .orElse(new HostFacts(header.tscHz(), header.hz(), header.release()));
    }

    private void start() {
        RecordingHeader header = recording.header();
        LOG.info(
                "playing {} at {} times its speed: recorded {} from {} by bhyvescope {}; states of vCPUs and what the agent "
                        + "costs are not in it",
                replay.file(),
                replay.speed(),
                header.created(),
                header.source(),
                header.agent());
        web.start();
        thread.start();
    }

    private void play() {
        try {
            if (replay.speed() == Player.MAX_SPEED) {
                player.playAtOnce();
            } else {
                player.play(replay.speed(), System::nanoTime, Player::sleep);
            }
            ended = true;
            LOG.info("the recording has ended after {} samples; its last values stay", player.samples());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            broken = true;
            LOG.error("internal error while playing {}", replay.file(), e);
        }
    }

    /** What it plays, for the log. */
    String facts() {
        return StartLine.replay(host.releaseName(), SOURCE);
    }

    List<InetSocketAddress> addresses() {
        return web.addresses();
    }

    private static void close(RecordingReader recording) {
        try {
            recording.close();
        } catch (IOException e) {
            LOG.warn("while ending", e);
        }
    }

    @Override
    public void close() {
        web.close();
        Ending.of(thread);
        close(recording);
        children.close();
    }
}
