package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** From exec to the first answer, and to the first rates. */
final class StartBench {
    private static final String PART = "start";
    private static final int STARTS = 9;

    private final Path directory;
    private final Report report;

    StartBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    /** Figures of some starts. */
    private static final class Figures {
        final Samples answer = new Samples();
        final Samples cpu = new Samples();
        final Samples rates = new Samples();
    }

    void run() throws IOException, InterruptedException {
        LookalikeHost host = new LookalikeHost(directory, List.of("2-vcpus"));
        Figures ours = new Figures();
        Figures plain = new Figures();
        // The archive that every JDK has of its own classes, or none where it has none.
        String withoutOurs = "-XX:SharedArchiveFile=" + System.getProperty("java.home") + "/lib/server/classes.jsa";
        for (int i = 0; i < STARTS; i++) {
            start(host, "", ours);
            start(host, withoutOurs, plain);
        }
        boolean archive = Files.exists(Path.of("target/bhyvescope.jsa"));
        String other = archive ? "JDK's archive only" : "";
        report.add(
                PART,
                "exec to first answered scrape",
                ours.answer.median(),
                "ms",
                other,
                archive ? plain.answer.median() : Double.NaN,
                500,
                Double.NaN);
        report.add(PART, "the same, fastest of " + STARTS, ours.answer.least(), "ms");
        report.add(
                PART,
                "the same, CPU",
                ours.cpu.median(),
                "ms",
                other,
                archive ? plain.cpu.median() : Double.NaN,
                Double.NaN,
                Double.NaN);
        report.add(PART, "exec to first rates (two samples, 1 s apart)", ours.rates.median(), "ms");
        if (archive) {
            report.note(
                    "start: the class-data archive has %.1f MB on disk.",
                    Files.size(Path.of("target/bhyvescope.jsa")) / 1e6);
        }
    }

    private static void start(LookalikeHost host, String options, Figures into)
            throws IOException, InterruptedException {
        int port = Page.freePort();
        Http http = new Http(port);
        long begun = System.nanoTime();
        Process agent = host.agent(port, options);
        try {
            Page.await(http, "bhyvescope_build_info");
            into.answer.add((System.nanoTime() - begun) / 1e6);
            into.cpu.add(Proc.cpuMillis(agent.pid()));
            Page.await(http, "\nbhyve_vm_exit_rate{");
            into.rates.add((System.nanoTime() - begun) / 1e6);
        } finally {
            agent.destroyForcibly().onExit().join();
        }
    }
}
