package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Path;

/** Part capture: whether sampling waits for the evidence. */
final class CaptureBench {
    private static final String PART = "capture";
    private static final double MILLI = 1e6;

    private final Report report;
    private final Path directory;

    CaptureBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException {
        try (Launched loop = Launched.start(CaptureLoop.class, directory.toString())) {
            String[] figures = loop.line().split(" ", -1);
            double[] n = new double[figures.length];
            for (int i = 0; i < n.length; i++) {
                n[i] = Double.parseDouble(figures[i]);
            }
            report.add(
                    PART,
                    "a sample in the books later than due, half",
                    n[2] / MILLI,
                    "ms",
                    "with no capture",
                    n[0] / MILLI,
                    Double.NaN,
                    Double.NaN);
            report.add(
                    PART,
                    "the same, 99 of 100",
                    n[3] / MILLI,
                    "ms",
                    "with no capture",
                    n[1] / MILLI,
                    Double.NaN,
                    Double.NaN);
            report.add(PART, "one capture: 15 min, 16 states, report", n[5] / MILLI, "ms");
            report.add(PART, "its size", n[6] / 1e6, "MB");
        }
    }
}
