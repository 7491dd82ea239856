package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** {@code make bench}: measures in one run what the project promises, and prints one table. */
public final class Bench {
    private static final List<String> PARTS = List.of(
            "start",
            "scrape",
            "sample",
            "vmmdev",
            "reader",
            "history",
            "capture",
            "memory",
            "rss",
            "growth",
            "dashboards");

    private static final String METHOD = """
            bhyvescope's benchmark. Every figure and what it is compared with are of this one run, taken in turn or at the same
            time: read the ratios, since other work on the machine moves the rest. Agent and parts of it run in JVMs started by
            the launcher, with its flags. ms without "CPU" are wall clock, medians; CPU is user and system time.
              start   exec of the launcher to the last byte of the first scrape, and of the first one with rates
              scrape  /metrics over HTTP/1.1 as Prometheus asks for it (OpenMetrics), N VMs x 16 vCPUs in the format of FreeBSD 14 on
                      AMD; the same series from a node exporter's textfile collector
              sample  CPU per bhyvectl process: the agent (/proc stat, without children), a C loop (getrusage, without children)
                      and a shell loop (times, minus the look-alike's own time), all reading the same look-alike
              vmmdev  CPU per VM_STATS: the source's device and a C loop on the same look-alike of the kernel module; a sample of
                      16 vCPUs by ioctl and by processes, with theirs
              reader  a process that reads for the agent where a call may never return: its start, memory, and readings through it
              history the ring of the last minutes: CPU per snapshot of 16 vCPUs, and how far back it reaches, with counters that grow
                      as those of a busy guest
              capture lateness of a sample of 16 vCPUs, one each 10 ms, while captures are written one after the other
              memory  resident memory at 10 VMs x 16 vCPUs, after as many samples and scrapes as 10 minutes bring,
                      with a history of the default size that is full
              dashboards  each query of dashboards/grafana, as Grafana asks it for the time that the dashboard shows and about 1000
                      points, of a Prometheus that has an hour of 60 VMs x 16 vCPUs scraped every 15 s; all VMs, and one
              rss     the whole agent at 4 VMs x 8 vCPUs for ten real minutes, with and without our class-data archive, both at the
                      same time; its start before that
              growth  CPU per vCPU of entering a sample into the books, and of rendering a scrape, from 1 to 1,024 vCPUs
            """;

    /** Load average up to which wall clock figures mean something. */
    private static final double QUIET = 0.5 * Runtime.getRuntime().availableProcessors();

    private Bench() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Set<String> parts = args.length == 0 ? Set.copyOf(PARTS) : Set.of(args);
        if (!PARTS.containsAll(parts)) {
            System.err.println("parts: " + String.join(" ", PARTS));
            System.exit(2);
        }
        if (!Files.exists(Path.of("/proc/self/stat"))) {
            System.err.println("The benchmark reads CPU times from Linux's /proc, which is not here.");
            System.exit(1);
        }
        System.out.println(METHOD);
        Report report = new Report();
        Path directory = Files.createTempDirectory("bhyvescope-bench");
        try {
            long begun = System.nanoTime();
            double load = load();
            for (String part : PARTS) {
                if (parts.contains(part)) {
                    System.err.println("(" + part + " ...)");
                    run(part, Files.createDirectory(directory.resolve(part)), report);
                }
            }
            report.note(
                    "%d processors, Java %s, %s; load at the start %.1f, at the end %.1f; took %.0f s.",
                    Runtime.getRuntime().availableProcessors(),
                    Runtime.version(),
                    System.getProperty("os.name"),
                    load,
                    load(),
                    (System.nanoTime() - begun) / 1e9);
            if (load > QUIET) {
                report.note("The machine was busy with other work at the start: judge no wall clock by this run.");
            }
            report.print(System.out);
        } finally {
            delete(directory);
        }
    }

    private static void run(String part, Path directory, Report report) throws IOException, InterruptedException {
        switch (part) {
            case "start" -> new StartBench(directory, report).run();
            case "scrape" -> new ScrapeBench(directory, report).run();
            case "sample" -> new SampleBench(directory, report).run();
            case "vmmdev" -> new VmmdevBench(directory, report).run();
            case "reader" -> new ReaderBench(directory, report).run();
            case "history" -> new HistoryBench(report).run();
            case "capture" -> new CaptureBench(directory, report).run();
            case "memory" -> new MemoryBench(directory, report).run();
            case "dashboards" -> new DashboardBench(directory, report).run();
            case "rss" -> new RssBench(directory, report).run();
            default -> new GrowthBench(report).run();
        }
    }

    private static double load() throws IOException {
        return Double.parseDouble(Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0]);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
