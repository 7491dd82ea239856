package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Part b: the agent's own CPU time per process, a C loop's, and a shell loop's. */
final class SampleBench {
    private static final String PART = "sample";
    private static final int VMS = 10;
    private static final int VCPUS = 16;

    /** As the agent plans: 80 % of 20 a second. */
    private static final int PER_SECOND = 16;

    private static final int SETTLE_SECONDS = 12;
    private static final int SECONDS = 35;
    private static final int SHELL_ROUNDS = SECONDS;
    private static final int UNPACED = 3000;
    private static final double MAX_RATIO = 2;
    private static final Pattern TIMES = Pattern.compile("(\\d+)m([\\d.]+)s");
    private static final Path SHELL_LOOP = Path.of("src/test/sh/textfile-loop").toAbsolutePath();

    private final Path directory;
    private final Report report;

    /** CPU times of a C loop per process, in µs. */
    private record Spawned(double own, double children) {}

    SampleBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        LookalikeHost host = new LookalikeHost(directory, LookalikeHost.big(VMS));
        Path spawnLoop = host.compile("spawnloop.c", "spawnloop");
        paced(host, spawnLoop);
        unpaced(host, spawnLoop);
    }

    /** The agent, the C loop and the shell loop at the same time, each as fast as the agent goes. */
    private void paced(LookalikeHost host, Path spawnLoop) throws IOException, InterruptedException {
        int port = Page.freePort();
        Http http = new Http(port);
        Process agent = host.agent(port, "");
        try {
            Page.await(http, "\nbhyve_vm_exit_rate{");
            TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
            double forks = Page.now(http).forks();
            double cpu = Proc.cpuMillis(agent.pid());
            double children = Proc.childrenCpuMillis(agent.pid());
            Process c = spawnLoop(spawnLoop, host, PER_SECOND * SECONDS, 1_000_000 / PER_SECOND);
            Process shell = new ProcessBuilder(
                            SHELL_LOOP.toString(),
                            Integer.toString(SHELL_ROUNDS),
                            "1",
                            directory.resolve("shell.prom").toString(),
                            host.bhyvectl().toString(),
                            "16",
                            Integer.toString(VCPUS))
                    .redirectError(Redirect.INHERIT)
                    .start();
            Spawned spawned = spawned(c, PER_SECOND * SECONDS);
            double samples = -forks;
            double own = (Proc.cpuMillis(agent.pid()) - cpu) * 1e3;
            double theirs = (Proc.childrenCpuMillis(agent.pid()) - children) * 1e3;
            samples += Page.now(http).forks();
            double shellCpu = shellMicros(shell) / (SHELL_ROUNDS * (double) VCPUS) - spawned.children();
            report.add(
                    PART,
                    "own CPU a process, the agent at 16/s",
                    own / samples,
                    "us",
                    "C loop at 16/s",
                    spawned.own(),
                    Double.NaN,
                    MAX_RATIO);
            report.add(PART, "the same", own / samples, "us", "shell + awk loop", shellCpu, Double.NaN, Double.NaN);
            report.add(
                    PART,
                    "CPU a process, with the child's",
                    (own + theirs) / samples,
                    "us",
                    "C loop at 16/s",
                    spawned.own() + spawned.children(),
                    Double.NaN,
                    Double.NaN);
            report.add(PART, "own CPU of the agent, share of one processor", own / SECONDS / 1e4, "%");
            report.add(
                    PART,
                    "RSS of this agent (10 VMs x 16 vCPUs, 50 s old)",
                    Proc.memory(agent.pid(), "VmRSS"),
                    "MB",
                    80);
            report.note(
                    "sample, at 16/s: %.0f processes of the agent in %d s. Its own time holds all else that it does: its"
                            + " scheduler, listing the VMs each second, books, collecting garbage; no scrapes.",
                    samples, SECONDS);
        } finally {
            agent.destroyForcibly().onExit().join();
        }
    }

    /** Both without pause, one after the other. */
    private void unpaced(LookalikeHost host, Path spawnLoop) throws IOException, InterruptedException {
        Spawned before = spawned(spawnLoop(spawnLoop, host, UNPACED, 0), UNPACED);
        String[] figures;
        try (Launched loop = Launched.start(
                SampleLoop.class, host.bhyvectl().toString(), host.vmmDir().toString())) {
            figures = loop.line().split(" ", -1);
        }
        Spawned after = spawned(spawnLoop(spawnLoop, host, UNPACED, 0), UNPACED);
        double own = Double.parseDouble(figures[0]);
        double bare = Double.parseDouble(figures[1]);
        double parse = Double.parseDouble(figures[2]);
        double c = (before.own() + after.own()) / 2;
        report.add(PART, "own CPU a process, without pause", own, "us", "C loop", c, Double.NaN, MAX_RATIO);
        report.add(PART, "a bare ProcessBuilder, read and waited for", bare, "us", "C loop", c, Double.NaN, Double.NaN);
        report.add(PART, "parsing one text", parse, "us");
        report.note(
                "sample, without pause: of %.0f us parsing is %.0f (%.0f %%); the JDK's bare process alone takes %.1f times the"
                        + " C loop (pipes as streams, a reaper thread, jspawnhelper), so %s.",
                own,
                parse,
                100 * parse / own,
                bare / c,
                bare > MAX_RATIO * c ? "that alone is over the budget" : "what is over the budget is ours");
    }

    private static Process spawnLoop(Path program, LookalikeHost host, int count, int spacingMicros)
            throws IOException {
        return new ProcessBuilder(
                        program.toString(),
                        Integer.toString(count),
                        Integer.toString(spacingMicros),
                        host.bhyvectl().toString(),
                        "--vm=16",
                        "--cpu=1",
                        "--get-stats")
                .redirectError(Redirect.INHERIT)
                .start();
    }

    private static Spawned spawned(Process loop, int count) throws IOException, InterruptedException {
        String[] figures = output(loop).strip().split(" ", -1);
        return new Spawned(Double.parseDouble(figures[0]) / count, Double.parseDouble(figures[1]) / count);
    }

    /** Sum of the four times that {@code times} prints: shell and children, user and system. */
    private static double shellMicros(Process shell) throws IOException, InterruptedException {
        Matcher m = TIMES.matcher(output(shell));
        double seconds = 0;
        while (m.find()) {
            seconds += 60 * Double.parseDouble(m.group(1)) + Double.parseDouble(m.group(2));
        }
        return seconds * 1e6;
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("exit status " + process.exitValue());
        }
        return output;
    }
}
