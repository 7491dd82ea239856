package org.bhyvescope.cli;

import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.os.Printable;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebSecurity;
import org.bhyvescope.web.WebServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bhyvescope agent}: samples and serves until it is told to stop. */
@Command(
        name = "agent",
        description = "Samples the VMs of this host and serves the metrics until SIGTERM or SIGINT.",
        mixinStandardHelpOptions = false)
final class AgentCommand extends Subcommand {
    private static final Logger LOG = LoggerFactory.getLogger(AgentCommand.class);

    @Mixin
    AgentFlags flags = new AgentFlags();

    @Option(names = "--once", description = "Take two samples, or play all of --replay, print them and end")
    boolean once;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "With --once: prometheus, json or csv. Default: prometheus")
    @Nullable
    String format;

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        // Before anything that takes time: what comes before the agent serves is not the end of it.
        AtomicReference<Runnable> onHangup = new AtomicReference<>(() -> {});
        Hangup.handle(() -> Objects.requireNonNull(onHangup.get()).run());
        Optional<OnceFormat> onceFormat =
                format == null ? Optional.of(OnceFormat.PROMETHEUS) : OnceFormat.parse(format);
        if (format != null && onceFormat.isEmpty()) {
            problems.add("--format", format, "must be one of prometheus, json, csv");
        } else if (format != null && !once) {
            problems.add("--format", format, "goes with --once");
        }
        Optional<AgentConfig> config = flags.judge(problems);
        config.ifPresent(judged -> StateOwner.judge(judged.stateDir(), problems));
        if (config.isEmpty() || onceFormat.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        LogSetup.apply(config.get().logLevel(), config.get().logFormat());
        return once ? new Once(config.get(), onceFormat.get()).run(out, err) : serve(config.get(), onHangup, err);
    }

    private static int serve(AgentConfig config, AtomicReference<Runnable> onHangup, PrintStream err)
            throws InterruptedException {
        Optional<WebSecurity> security = config.web().map(AgentConfig.Web::security);
        onHangup.set(() -> security.ifPresentOrElse(
                WebSecurity::reload, () -> LOG.info("SIGHUP: nothing to re-read (no --web.config.file)")));
        config.webWarnings().forEach(LOG::warn);
        Cleanup cleanup = new Cleanup();
        List<InetSocketAddress> addresses;
        String facts;
        try {
            if (config.replay().isPresent()) {
                RecordingReader.Opening opening =
                        RecordingReader.open(config.replay().get().file());
                if (opening instanceof RecordingReader.Opening.NotReadable not) {
                    err.println("bhyvescope: " + Printable.line(not.why()));
                    return FAILED;
                }
                RecordingReader recording = ((RecordingReader.Opening.Opened) opening).reader();
                ReplayAgent agent = cleanup.open(() -> ReplayAgent.started(config, recording));
                addresses = agent.addresses();
                facts = agent.facts();
            } else {
                Agent agent = cleanup.open(() -> Agent.started(config, config.listen(), Optional.empty()));
                addresses = agent.addresses();
                facts = agent.facts();
            }
        } catch (WebServer.BindException e) {
            err.println("bhyvescope: " + e.getMessage());
            err.println("  If another agent has it: --web.listen-address=127.0.0.1:PORT says where else to listen.");
            return FAILED;
        }
        String scheme = security.isPresent() && security.get().isTls() ? "https" : "http";
        LOG.info(StartLine.of(
                Version.text(),
                addresses.stream()
                        .map(address -> scheme + "://"
                                + new ListenAddress(address.getHostString(), address.getPort())
                                + config.telemetryPath())
                        .toList(),
                facts));
        new CountDownLatch(1).await();
        return OK;
    }
}
