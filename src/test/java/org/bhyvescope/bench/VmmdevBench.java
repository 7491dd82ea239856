package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import org.bhyvescope.libc.FakeVmm;

/**
 * What reading by ioctl costs beside the kernel: this program and a C loop on the same look-alike of the kernel module,
 * and a sample by each of the two sources.
 */
final class VmmdevBench {
    private static final String PART = "vmmdev";
    private static final int VCPUS = 16;
    private static final int COUNT = 20_000;
    private static final int BATCHES = 12;

    /** In turn with the C loop; the least of all counts, since other work on the machine only adds. */
    private static final int ROUNDS = 6;

    private static final double MAX_ADDED_MICROS = 0.3;
    private static final double MAX_RATIO_AT_2_MICROS = 1.5;
    private static final double MAX_SAMPLE_MILLIS = 0.2;
    private static final double MAX_SHARE_OF_BHYVECTL = 0.01;

    private final Path directory;
    private final Report report;

    VmmdevBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        LookalikeHost host = new LookalikeHost(directory, LookalikeHost.big(1));
        double cold;
        double plain = Double.MAX_VALUE;
        double plainC = Double.MAX_VALUE;
        double spin = Double.MAX_VALUE;
        double spinC = Double.MAX_VALUE;
        String[] sample;
        double bhyvectl;
        try (Launched loop = Launched.start(
                VmmdevLoop.class,
                host.bhyvectl().toString(),
                host.vmmDir().toString(),
                LookalikeHost.big(1).get(0),
                Integer.toString(VCPUS),
                Integer.toString(COUNT),
                Integer.toString(BATCHES))) {
            cold = Double.parseDouble(loop.ask("cold"));
            for (int i = 0; i < ROUNDS; i++) {
                plainC = Math.min(plainC, ioctlLoop(0));
                plain = Math.min(plain, Double.parseDouble(loop.ask("0")) / 1e3);
                spinC = Math.min(spinC, ioctlLoop(2));
                spin = Math.min(spin, Double.parseDouble(loop.ask("2")) / 1e3);
            }
            sample = loop.ask("samples").split(" ", -1);
            bhyvectl = Double.parseDouble(loop.ask("bhyvectl"));
        }
        double wall = Double.parseDouble(sample[0]);
        double cpu = Double.parseDouble(sample[1]);
        report.add(PART, "VM_STATS, CPU a call", plain, "us", "C loop", plainC, Double.NaN, Double.NaN);
        report.add(PART, "the same, added to the C loop's", plain - plainC, "us", MAX_ADDED_MICROS);
        report.add(
                PART,
                "VM_STATS, CPU a call that spins for 2 us",
                spin,
                "us",
                "C loop",
                spinC,
                Double.NaN,
                MAX_RATIO_AT_2_MICROS);
        report.add(PART, "a sample of 16 vCPUs", wall / 1e3, "ms", MAX_SAMPLE_MILLIS);
        report.add(PART, "the first one, with opening and the list", cold / 1e3, "ms");
        report.add(
                PART,
                "a sample of 16 vCPUs, CPU",
                cpu / 1e3,
                "ms",
                "bhyvectl source",
                bhyvectl / 1e3,
                Double.NaN,
                MAX_SHARE_OF_BHYVECTL);
        report.add(PART, "allocated by a sample", Double.parseDouble(sample[2]), "bytes");
        report.add(PART, "of that, the table's values", Double.parseDouble(sample[3]), "bytes");
        report.note(
                "vmmdev: the bhyvectl source takes %.0f times the CPU for a sample of 16 vCPUs, its 16 processes included. What"
                        + " the kernel does for a VM_STATS is in neither: both read look-alikes.",
                bhyvectl / cpu);
    }

    /** CPU time of one ioctl in µs. */
    private static double ioctlLoop(int spinMicros) throws IOException, InterruptedException {
        Process loop = new ProcessBuilder(
                        FakeVmm.linked("ioctlloop", "ioctlloop.c").toString(),
                        Integer.toString(spinMicros),
                        Integer.toString(VCPUS),
                        Integer.toString(COUNT),
                        Integer.toString(BATCHES))
                .redirectError(Redirect.INHERIT)
                .start();
        String line = new String(loop.getInputStream().readAllBytes(), UTF_8).strip();
        if (loop.waitFor() != 0) {
            throw new IOException("ioctlloop: exit status " + loop.exitValue());
        }
        return Double.parseDouble(line) / 1e3;
    }
}
