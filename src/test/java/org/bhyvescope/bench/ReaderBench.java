package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.vmmdev.VmmdevApart;
import org.bhyvescope.libc.OtherVmm;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.bhyvescope.os.Unpaced;

/** What a reader costs: its start, its memory, and readings through it, on the look-alike of the kernel module. */
final class ReaderBench {
    private static final String PART = "reader";
    private static final int VCPUS = 16;
    private static final int STARTS = 7;
    private static final int WARM_UP = 300;
    private static final int SAMPLES = 3000;
    private static final int STATES = 3000;

    private final Path directory;
    private final Report report;

    ReaderBench(Path directory, Report report) {
        this.directory = directory;
        this.report = report;
    }

    void run() throws IOException, InterruptedException {
        Path nodes = Files.createDirectories(directory.resolve("reader-vmm"));
        Files.createFile(nodes.resolve("web0"));
        OtherVmm kernel = OtherVmm.in(
                Files.createDirectories(directory.resolve("reader-libc")),
                "release 15",
                "vm web0 " + VCPUS,
                "map web0 0 0 0 0xc0000000 7 1",
                "map web0 0x100000000 0 0xc0000000 0x40000000 7 1");
        VmDirectory vms = new VmDirectory(nodes, name -> true);
        VmId vm = vms.identify("web0").orElseThrow();
        Command reader = Command.reader(
                new ReaderJvm(
                        Path.of(System.getProperty("java.home"), "bin", "java"),
                        System.getProperty("java.class.path"),
                        List.of("bhyvescope.libc=" + kernel.library()),
                        Optional.empty()),
                nodes);
        double[] starts = new double[STARTS];
        for (int i = 0; i < STARTS; i++) {
            try (Children children = Unpaced.children();
                    VmmdevApart source = source(vms, children, reader)) {
                long begun = System.nanoTime();
                sample(source, vm);
                starts[i] = (System.nanoTime() - begun) / 1e6;
            }
        }
        Arrays.sort(starts);
        report.add(PART, "start to the first sample", starts[STARTS / 2], "ms");
        try (Children children = Unpaced.children();
                VmmdevApart source = source(vms, children, reader)) {
            for (int i = 0; i < WARM_UP; i++) {
                sample(source, vm);
                state(source, vm);
            }
            long pid = ProcessHandle.current()
                    .children()
                    .filter(p -> p.info().commandLine().orElse("").contains("ReaderMain"))
                    .findFirst()
                    .orElseThrow()
                    .pid();
            report.add(PART, "RSS after some hundred readings", Proc.memory(pid, "VmRSS"), "MB");
            measure("a sample of 16 vCPUs", SAMPLES, pid, () -> sample(source, vm));
            measure("a state of one vCPU", STATES, pid, () -> state(source, vm));
            report.add(PART, "RSS after some thousand", Proc.memory(pid, "VmRSS"), "MB");
        }
    }

    private static VmmdevApart source(VmDirectory vms, Children children, Command reader) {
        return new VmmdevApart(vms, children, reader, InstantSource.system(), System::nanoTime, true);
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static long own() {
        return ProcessHandle.current().pid();
    }

    private void measure(String what, int times, long pid, Work work) throws IOException, InterruptedException {
        double[] wall = new double[times];
        double childBefore = Proc.cpuMillis(pid) * 1e3;
        double ownBefore = Proc.cpuMillis(own()) * 1e3;
        for (int i = 0; i < times; i++) {
            long begun = System.nanoTime();
            work.run();
            wall[i] = (System.nanoTime() - begun) / 1e3;
        }
        double ownMicros = Proc.cpuMillis(own()) * 1e3 - ownBefore;
        double child = Proc.cpuMillis(pid) * 1e3 - childBefore;
        Arrays.sort(wall);
        report.add(PART, what + ", median", wall[times / 2] / 1e3, "ms");
        report.add(PART, "its CPU in the reader", child / times, "us");
        report.add(PART, "its CPU in the agent", ownMicros / times, "us");
    }

    private static void sample(VmmdevApart source, VmId vm) throws InterruptedException {
        if (!(source.read(vm, Allowance.of(Duration.ofSeconds(30))) instanceof Snapshot snapshot)
                || snapshot.rows() != VCPUS) {
            throw new IllegalStateException("not read");
        }
    }

    private static void state(VmmdevApart source, VmId vm) throws InterruptedException {
        if (!(source.readState(vm, 3, Allowance.of(Duration.ofSeconds(30))) instanceof VcpuState)) {
            throw new IllegalStateException("not read");
        }
    }
}
