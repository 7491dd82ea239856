package org.bhyvescope.bench;

import java.io.IOException;

/** Part d: whether cost grows with the number of vCPUs, and not faster. */
final class GrowthBench {
    private static final String PART = "growth";
    private static final int[] SIZES = {1, 4, 16, 64, 256, 1024};

    /** More per vCPU at the largest size than at this one is growth that is not linear. */
    private static final int BASE = 16;

    /** What caches, and a heap that fills, may add. */
    private static final double TOLERATED = 1.5;

    private final Report report;

    GrowthBench(Report report) {
        this.report = report;
    }

    void run() throws IOException {
        String[] sizes = new String[SIZES.length];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Integer.toString(SIZES[i]);
        }
        double[][] figures = new double[SIZES.length][];
        try (Launched child = Launched.start(Growth.class, sizes)) {
            for (int i = 0; i < SIZES.length; i++) {
                String[] line = child.line().split(" ", -1);
                figures[i] = new double[] {Double.parseDouble(line[0]), Double.parseDouble(line[1])};
            }
        }
        rows("books per vCPU and sample", figures, 0);
        rows("scrape per vCPU, to nowhere", figures, 1);
        report.note(
                "growth: VMs of up to 16 vCPUs; linear is called a cost per vCPU at %d that is at most %.1f times that at %d."
                        + " What a VM or a scrape costs at all shows in the smallest sizes.",
                SIZES[SIZES.length - 1], TOLERATED, BASE);
    }

    private void rows(String what, double[][] figures, int column) {
        double base = Double.NaN;
        for (int i = 0; i < SIZES.length; i++) {
            base = SIZES[i] == BASE ? figures[i][column] : base;
            boolean last = i == SIZES.length - 1;
            report.add(
                    PART,
                    what + ", " + SIZES[i] + (SIZES[i] == 1 ? " vCPU" : " vCPUs"),
                    figures[i][column],
                    "us",
                    last ? BASE + " vCPUs" : "",
                    last ? base : Double.NaN,
                    Double.NaN,
                    last ? TOLERATED : Double.NaN);
        }
    }
}
