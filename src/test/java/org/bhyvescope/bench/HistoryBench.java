package org.bhyvescope.bench;

import java.io.IOException;

/** Part history: what the ring costs, and how long it reaches back. */
final class HistoryBench {
    private static final String PART = "history";
    private static final double NANOS_PER_MICRO = 1e3;

    private final Report report;

    HistoryBench(Report report) {
        this.report = report;
    }

    void run() throws IOException {
        try (Launched loop = Launched.start(HistoryLoop.class)) {
            String[] figures = loop.line().split(" ", -1);
            double add = Double.parseDouble(figures[0]) / NANOS_PER_MICRO;
            double copy = Double.parseDouble(figures[1]) / NANOS_PER_MICRO;
            report.add(
                    PART, "add of a 16-vCPU snapshot, CPU", add, "us", "copy of its long[][]", copy, 100, Double.NaN);
            report.add(PART, "the slowest add: a chunk is deflated", Double.parseDouble(figures[2]) / 1e6, "ms");
            report.add(
                    PART,
                    "bytes per 16-vCPU snapshot",
                    Double.parseDouble(figures[3]),
                    "B",
                    "long[][]",
                    16 * 43 * 8,
                    Double.NaN,
                    1);
            report.add(PART, "16 MiB hold of 10 VMs x 16 vCPUs, 1 s", Double.parseDouble(figures[4]), "min");
            report.add(
                    PART,
                    "reading those of one VM, per snapshot, CPU",
                    Double.parseDouble(figures[5]) / NANOS_PER_MICRO,
                    "us");
            report.add(
                    PART, "the history's own count of its bytes", Double.parseDouble(figures[6]) / (1 << 20), "MB", 16);
        }
    }
}
