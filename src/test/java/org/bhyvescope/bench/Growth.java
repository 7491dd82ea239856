package org.bhyvescope.bench;

import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.metrics.Exposition;
import org.bhyvescope.metrics.VmCollector;

/**
 * Child of {@link GrowthBench}: prints for each size the CPU time per vCPU, in µs, of entering a sample and of collecting
 * and rendering a scrape.
 */
final class Growth {
    private static final int LARGEST_VM = 16;
    private static final long ROUNDS_OF_VCPUS = 40_960;

    private Growth() {}

    public static void main(String[] arguments) throws IOException {
        List<String> sizes = Launched.arguments(arguments);
        // The compiler is to be done before the smallest is measured.
        measure(64, 2000);
        for (String size : sizes) {
            int vcpus = Integer.parseInt(size);
            System.out.println(measure(vcpus, (int) Math.max(20, ROUNDS_OF_VCPUS / vcpus)));
        }
    }

    private static String measure(int vcpus, int rounds) throws IOException {
        int perVm = Math.min(vcpus, LARGEST_VM);
        SimulatedBoard simulated = new SimulatedBoard(vcpus / perVm, perVm);
        VmCollector collector = new VmCollector(simulated.ledger()::board, SimulatedBoard.HOST);
        // A full window of peaks is the usual case: 60 samples.
        for (int i = 0; i < 60; i++) {
            simulated.tick();
        }
        long books = 0;
        for (int done = 0; done < rounds; ) {
            List<List<Snapshot>> prepared = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                prepared.add(simulated.next());
            }
            long begun = cpuNanos();
            for (List<Snapshot> snapshots : prepared) {
                snapshots.forEach(snapshot -> simulated.ledger().accept(snapshot.vm(), snapshot));
            }
            books += cpuNanos() - begun;
            done += prepared.size();
        }
        int scrapes = Math.max(10, rounds / 5);
        scrape(collector);
        long begun = cpuNanos();
        for (int i = 0; i < scrapes; i++) {
            scrape(collector);
        }
        long scraping = cpuNanos() - begun;
        return books / 1e3 / rounds / vcpus + " " + scraping / 1e3 / scrapes / vcpus;
    }

    private static void scrape(VmCollector collector) throws IOException {
        MetricSnapshots snapshots = collector.collect();
        Exposition.TEXT.write(OutputStream.nullOutputStream(), snapshots);
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
