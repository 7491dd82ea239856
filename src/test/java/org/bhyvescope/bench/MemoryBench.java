package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Part c: resident memory after what ten minutes bring, in less time. */
final class MemoryBench {
    private static final String PART = "memory";
    private static final int VMS = 10;
    private static final int PER_SECOND = 16;
    private static final int SECONDS = 600;
    private static final int SCRAPE_SECONDS = 15;

    private final Path directory;
    private final Report report;

    MemoryBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        LookalikeHost host = new LookalikeHost(directory, LookalikeHost.big(VMS));
        try (Launched agent = Launched.start(
                FastAgent.class, host.bhyvectl().toString(), host.vmmDir().toString())) {
            Http http = new Http(Integer.parseInt(agent.line()));
            Page.await(http, "\nbhyve_vm_exit_rate{");
            double history = Long.parseLong(agent.ask("fill")) / (double) (1 << 20);
            long begun = System.nanoTime();
            int scrapes = 0;
            long forks = 0;
            while (forks < PER_SECOND * SECONDS) {
                TimeUnit.MILLISECONDS.sleep(10);
                forks = Long.parseLong(agent.ask("forks"));
                if (forks >= (long) scrapes * PER_SECOND * SCRAPE_SECONDS) {
                    http.get(scrapes % 2 == 0);
                    scrapes++;
                }
            }
            report.add(
                    PART,
                    "RSS after the samples of 10 minutes, history full",
                    Proc.memory(agent.pid(), "VmRSS"),
                    "MB",
                    80);
            report.add(PART, "the same, highest", Proc.memory(agent.pid(), "VmHWM"), "MB", 80);
            report.add(PART, "of which the history, full at its default", history, "MB", 16);
            report.note(
                    "memory: %d processes in %.0f s instead of %d s, and the %d scrapes that fall due meanwhile; without the"
                            + " command line's classes, which the agent of part sample has.",
                    forks, (System.nanoTime() - begun) / 1e9, SECONDS, scrapes);
        }
    }
}
