package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Part a: what a scrape costs, and the node exporter serving the same text. */
final class ScrapeBench {
    private static final String PART = "scrape";
    private static final int VCPUS = 16;
    private static final int LARGEST = 64;
    private static final int WARM_UP = 20;
    private static final int BLOCKS = 5;
    private static final int PER_BLOCK = 5;

    private final Path directory;
    private final Report report;

    ScrapeBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        for (int vms : new int[] {1, 4, 16, LARGEST}) {
            measure(vms);
        }
        if (NodeExporter.isInstalled()) {
            report.note(
                    "scrape: the node exporter (Go) reads, parses and sorts the text file at each scrape and compresses at"
                            + " its library's level; bhyvescope renders numbers it has, gzip at level 1.");
        } else {
            report.note("scrape: not compared, %s is not installed.", NodeExporter.PROGRAM);
        }
    }

    private void measure(int vms) throws IOException, InterruptedException {
        String name = vms + "x" + VCPUS;
        double coldGzip;
        try (Launched fresh = Launched.start(ScrapeServer.class, "" + vms, "" + VCPUS)) {
            coldGzip = new Http(Integer.parseInt(fresh.line())).get(true).millis();
        }
        try (Launched agent = Launched.start(ScrapeServer.class, "" + vms, "" + VCPUS)) {
            Http http = new Http(Integer.parseInt(agent.line()));
            double cold = http.get(false).millis();
            Subject ours = new Subject(http, agent.pid(), () -> agent.ask("tick"));
            ours.warmUp(WARM_UP);
            byte[] text = http.text();
            Files.write(directory.resolve("bhyvescope.prom"), text);
            double allocated = allocation(agent, http);
            if (!NodeExporter.isInstalled()) {
                for (int i = 0; i < BLOCKS; i++) {
                    ours.block();
                }
                rows(name, vms, ours, null);
            } else {
                try (NodeExporter other = new NodeExporter(directory)) {
                    check(text, other.http().text());
                    Subject theirs = new Subject(other.http(), other.pid(), () -> {});
                    // Compiled ahead, it needs no more.
                    theirs.warmUp(2);
                    // Block by block in turn, so that what else the machine does hits both.
                    for (int i = 0; i < BLOCKS; i++) {
                        ours.block();
                        theirs.block();
                    }
                    rows(name, vms, ours, theirs);
                }
            }
            report.add(PART, name + " first scrape of a fresh JVM, plain", cold, "ms");
            report.add(PART, name + " first scrape of a fresh JVM, gzip", coldGzip, "ms");
            report.add(PART, name + " body, plain", ours.plain.bytes / 1024.0, "KiB");
            report.add(PART, name + " body, gzip", ours.gzip.bytes / 1024.0, "KiB");
            report.add(PART, name + " allocated by a plain scrape", allocated / 1024, "KiB");
        }
    }

    private void rows(String name, int vms, Subject ours, @Nullable Subject theirs) {
        row(name + " warm, plain", ours.plain, theirs == null ? null : theirs.plain, vms == LARGEST ? 60 : Double.NaN);
        row(name + " warm, gzip", ours.gzip, theirs == null ? null : theirs.gzip, vms == LARGEST ? 80 : Double.NaN);
    }

    private void row(String what, Kind ours, @Nullable Kind theirs, double limit) {
        String other = theirs == null ? "" : "node exporter";
        double theirMillis = theirs == null ? Double.NaN : theirs.millis.median();
        double theirCpu = theirs == null ? Double.NaN : theirs.cpu / theirs.scrapes;
        // Judged where the absolute budget is: at the size that the project promises.
        double maxRatio = Double.isNaN(limit) ? Double.NaN : 1;
        report.add(PART, what, ours.millis.median(), "ms", other, theirMillis, limit, maxRatio);
        report.add(PART, what + ", CPU", ours.cpu / ours.scrapes, "ms", other, theirCpu, Double.NaN, maxRatio);
    }

    private static double allocation(Launched agent, Http http) throws IOException {
        long before = Long.parseLong(agent.ask("allocated"));
        for (int i = 0; i < PER_BLOCK; i++) {
            http.get(false);
        }
        return (Long.parseLong(agent.ask("allocated")) - before) / (double) PER_BLOCK;
    }

    /** A comparison with an exporter that left something out would be none. */
    private static void check(byte[] ours, byte[] theirs) {
        long mine = series(ours);
        long other = series(theirs);
        if (other < mine) {
            throw new IllegalStateException("the node exporter serves " + other + " series of " + mine);
        }
    }

    private static long series(byte[] text) {
        return new String(text, StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .count();
    }

    /** Something to do before a scrape that is not part of it. */
    private interface Step {
        void run() throws IOException;
    }

    /** Figures of one kind of scrape. */
    private static final class Kind {
        final boolean gzip;
        final Samples millis = new Samples();
        double cpu;
        int scrapes;
        long bytes;

        Kind(boolean gzip) {
            this.gzip = gzip;
        }
    }

    /** A server that is scraped. */
    private static final class Subject {
        final Kind plain = new Kind(false);
        final Kind gzip = new Kind(true);
        private final Http http;
        private final long pid;
        private final Step before;

        Subject(Http http, long pid, Step before) {
            this.http = http;
            this.pid = pid;
            this.before = before;
        }

        void warmUp(int times) throws IOException {
            for (int i = 0; i < times; i++) {
                before.run();
                http.get(i % 2 == 0);
            }
        }

        void block() throws IOException {
            block(plain);
            block(gzip);
        }

        private void block(Kind kind) throws IOException {
            // New samples once a block: the agent's samples come in between scrapes, too, but their CPU is not the
            // scrape's.
            before.run();
            double cpu = Proc.cpuMillis(pid);
            for (int i = 0; i < PER_BLOCK; i++) {
                Http.Answer answer = http.get(kind.gzip);
                kind.millis.add(answer.millis());
                kind.bytes = answer.bytes();
            }
            kind.cpu += Proc.cpuMillis(pid) - cpu;
            kind.scrapes += PER_BLOCK;
        }
    }
}
