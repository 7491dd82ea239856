package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The service as most hosts have it, with and without the class-data archive, side by side: time to the first scrape,
 * then resident memory after ten real minutes.
 */
final class RssBench {
    private static final String PART = "rss";
    private static final int VMS = 4;
    private static final int VCPUS = 8;
    private static final int STARTS = 5;
    private static final int MINUTES = 10;
    private static final int SCRAPE_SECONDS = 15;
    private static final double MOST_MB = 72;
    private static final double MOST_MILLIS = 500;

    private final Path directory;
    private final Report report;

    RssBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    /** An agent, and where it answers. */
    private record Running(Process process, Http http) {
        void end() {
            process.destroyForcibly().onExit().join();
        }
    }

    void run() throws IOException, InterruptedException {
        if (!Files.exists(Path.of("target/bhyvescope.jsa"))) {
            throw new IOException("no class-data archive: make build makes it");
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < VMS; i++) {
            names.add(VCPUS + "-vcpus-" + i);
        }
        LookalikeHost host = new LookalikeHost(directory, names);
        String without = "-XX:SharedArchiveFile=" + System.getProperty("java.home") + "/lib/server/classes.jsa";
        Samples ours = new Samples();
        Samples plain = new Samples();
        for (int i = 1; i < STARTS; i++) {
            start(host, "", ours).end();
            start(host, without, plain).end();
        }
        Running archived = start(host, "", ours);
        Running other = start(host, without, plain);
        try {
            for (int i = 0; i < MINUTES * 60 / SCRAPE_SECONDS; i++) {
                TimeUnit.SECONDS.sleep(SCRAPE_SECONDS);
                archived.http().get(true);
                other.http().get(true);
            }
            String compared = "JDK's archive only";
            report.add(
                    PART, "exec to first scrape", ours.median(), "ms", compared, plain.median(), MOST_MILLIS, none());
            report.add(PART, "the same, fastest", ours.least(), "ms", compared, plain.least(), MOST_MILLIS, none());
            memory("VmRSS", "RSS after 10 minutes, 4 VMs x 8 vCPUs", archived, other);
            memory("VmHWM", "the same, highest", archived, other);
            report.add(PART, "of it anonymous", anonymous(archived), "MB", compared, anonymous(other), none(), none());
        } finally {
            archived.end();
            other.end();
        }
    }

    private void memory(String field, String what, Running archived, Running other) throws IOException {
        double ours = Proc.memory(archived.process().pid(), field);
        report.add(
                PART,
                what,
                ours,
                "MB",
                "JDK's archive only",
                Proc.memory(other.process().pid(), field),
                MOST_MB,
                none());
    }

    /** What no file holds and nobody shares. */
    private static double anonymous(Running agent) throws IOException {
        return Proc.memory(agent.process().pid(), "RssAnon");
    }

    private static double none() {
        return Double.NaN;
    }

    private static Running start(LookalikeHost host, String options, Samples into)
            throws IOException, InterruptedException {
        int port = Page.freePort();
        Http http = new Http(port);
        long begun = System.nanoTime();
        Process agent = host.agent(port, options);
        try {
            Page.await(http, "bhyvescope_build_info");
        } catch (IOException e) {
            agent.destroyForcibly().onExit().join();
            throw e;
        }
        into.add((System.nanoTime() - begun) / 1e6);
        return new Running(agent, http);
    }
}
