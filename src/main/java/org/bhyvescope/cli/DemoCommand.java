package org.bhyvescope.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebServer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bhyvescope demo}: the agent on a simulated host. */
@Command(
        name = "demo",
        description = "Runs the agent on a bundled simulated host until Ctrl-C; with a Prometheus if one is installed.")
final class DemoCommand extends Subcommand {
    private static final long REFRESH_SECONDS = 2;
    private static final long PRINT_SECONDS = 10;
    private static final Duration FOR_EVER = Duration.ofDays(36_500);

    @Option(
            names = "--web.listen-address",
            paramLabel = "HOST:PORT",
            description = "Where to serve HTTP. Default: " + AgentFlags.DEFAULT_LISTEN_ADDRESS
                    + ", or a free port if that is taken")
    String listenAddress = "";

    @Option(names = "--no-prometheus", description = "Do not start a Prometheus even if one is installed")
    boolean noPrometheus;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            description = "End by itself after this time, with a scrape of its own metrics (for scripts)")
    @Nullable
    String duration;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Keep the captures in DIR/captures. Default: they go with the demo")
    String stateDir = "";

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<Duration> time = Optional.ofNullable(duration).flatMap(Durations::parse);
        if (duration != null && time.isEmpty()) {
            problems.add("--duration", duration, "must be a duration like 30s or 5m");
        }
        AgentFlags flags = new AgentFlags();
        flags.source = "bhyvectl";
        flags.stateDir = stateDir.isEmpty() ? flags.stateDir : stateDir;
        flags.listenAddresses = listenAddress.isEmpty() ? List.of() : List.of(listenAddress);
        Optional<AgentConfig> judged = flags.judge(problems);
        if (!stateDir.isEmpty()) {
            judged.ifPresent(config -> StateOwner.judge(config.stateDir(), problems));
        }
        if (judged.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        String program = System.getProperty("bhyvescope.demo");
        if (program == null) {
            err.println("bhyvescope: start the demo through the launcher (agent/bin/bhyvescope demo or make demo)");
            return FAILED;
        }
        LogSetup.apply("error", "text");
        try (Cleanup cleanup = new Cleanup()) {
            DemoHost host = cleanup.open(() -> DemoHost.of(Path.of(program), System.currentTimeMillis()));
            flags.bhyvectlPath = host.bhyvectl().toString();
            flags.vmmDir = host.vmmDir().toString();
            flags.stateDir =
                    stateDir.isEmpty() ? host.directory().resolve("state").toString() : stateDir;
            Optional<AgentConfig> config = flags.judge(problems);
            return config.isEmpty()
                    ? USAGE
                    : show(start(config.get(), host, cleanup), config.get(), host, time, cleanup, out);
        } catch (WebServer.BindException e) {
            err.println("bhyvescope: " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err.println("bhyvescope: the simulated host: " + e.getMessage());
            return FAILED;
        }
    }

    private Agent start(AgentConfig config, DemoHost host, Cleanup cleanup)
            throws WebServer.BindException, IOException, InterruptedException {
        Optional<Simulated> simulated = Optional.of(host.simulated());
        try {
            return cleanup.open(() -> Agent.started(config, config.listen(), simulated));
        } catch (WebServer.BindException e) {
            if (!listenAddress.isEmpty()) {
                throw e;
            }
            return cleanup.open(() -> Agent.started(config, List.of(new ListenAddress("127.0.0.1", 0)), simulated));
        }
    }

    /** Number of series of a page of metrics. */
    private static long scrape(String url) throws IOException {
        URLConnection connection = new URL(url).openConnection();
        connection.setReadTimeout((int) TimeUnit.SECONDS.toMillis(REFRESH_SECONDS));
        try (InputStream body = connection.getInputStream()) {
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().filter(line -> !line.startsWith("#")).count();
        }
    }

    private int show(
            Agent agent, AgentConfig config, DemoHost host, Optional<Duration> time, Cleanup cleanup, PrintStream out)
            throws IOException, InterruptedException {
        InetSocketAddress address = agent.addresses().get(0);
        out.println("A simulated host in " + host.directory() + ", sampled through a look-alike bhyvectl.");
        String reachable = address.getAddress().isAnyLocalAddress() ? "127.0.0.1" : address.getHostString();
        String target = new ListenAddress(reachable, address.getPort()).toString();
        String url = "http://" + target;
        out.println("  page     " + url + "/");
        out.println("  metrics  " + url + config.telemetryPath());
        Path captures = Captures.folder(config.stateDir());
        out.println("  captures " + captures
                + (stateDir.isEmpty() ? " (gone in the end; --state-dir=DIR keeps them in DIR/captures)" : ""));
        Optional<Path> prometheus = noPrometheus ? Optional.empty() : DemoPrometheus.find();
        if (prometheus.isPresent()) {
            DemoPrometheus started = cleanup.open(
                    () -> DemoPrometheus.start(prometheus.get(), host.directory(), target, config.telemetryPath()));
            out.println("  graphs   " + started.url()
                    + "/graph?g0.expr=bhyve_vm_exit_rate%7Bvm%3D%22win-gpu%22%7D&g0.tab=0&g0.range_input=5m");
        } else if (!noPrometheus) {
            out.println("  (install prometheus and it is started here, too)");
        }
        out.println(
                "Watch win-gpu: a storm of 2 s on vCPU 1, 40 s into each minute of the demo, and ppt0's interrupts with");
        out.println(
                "it; from 110 s to 200 s its GPU is silent. triple dies of a triple fault again and again, roulette each");
        out.println(
                "time in another way, frozen stands still from 45 s on: each leaves a capture. Ctrl-C ends all of it.");
        out.println();
        out.flush();
        watch(agent, () -> DemoCaptures.newest(captures), out, time);
        out.println(scrape(url + config.telemetryPath()) + " series scraped from " + url + config.telemetryPath());
        return OK;
    }

    /** Until the time is over. On a terminal the table is redrawn in place; in a file it is printed now and then. */
    private static void watch(Agent agent, Supplier<List<String>> capture, PrintStream out, Optional<Duration> time)
            throws InterruptedException {
        boolean terminal = Boolean.getBoolean("bhyvescope.terminal");
        int drawn = 0;
        long end = System.nanoTime() + time.orElse(FOR_EVER).toNanos();
        while (end - System.nanoTime() > 0) {
            long pause = TimeUnit.SECONDS.toNanos(terminal ? REFRESH_SECONDS : PRINT_SECONDS);
            TimeUnit.NANOSECONDS.sleep(Math.min(pause, end - System.nanoTime()));
            List<String> lines = DemoScreen.lines(agent.board(), capture.get());
            if (terminal && drawn > 0) {
                out.print("\033[" + drawn + "A\033[J");
            }
            lines.forEach(out::println);
            if (!terminal) {
                out.println();
            }
            out.flush();
            drawn = lines.size();
        }
    }
}
