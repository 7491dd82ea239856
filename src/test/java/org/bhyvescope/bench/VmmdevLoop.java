package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.hypervisor.vmmdev.VmmdevHypervisor;
import org.bhyvescope.libc.ChildCpuTime;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.libc.VmmAbi;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.libc.VmmOpening;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Unpaced;

/**
 * Child of {@link VmmdevBench}. Arguments: bhyvectl, the directory of nodes, the VM, its vCPUs, ioctls a batch, batches. Is
 * told {@code cold}, {@code samples}, {@code bhyvectl}, or how many µs an ioctl spins, and answers each with figures.
 */
final class VmmdevLoop {
    private static final int SAMPLES = 5000;
    private static final int BHYVECTL_SAMPLES = 40;

    private final FakeVmm fake = FakeVmm.fresh("log off");
    private final VmDirectory directory;
    private final VmId vm;
    private final int vcpus;
    private final int count;
    private final int batches;

    private VmmdevLoop(List<String> args) {
        directory = new VmDirectory(Path.of(args.get(1)), name -> true);
        vm = directory.identify(args.get(2)).orElseThrow();
        vcpus = Integer.parseInt(args.get(3));
        count = Integer.parseInt(args.get(4));
        batches = Integer.parseInt(args.get(5));
        fake.tell("vm " + vm.name() + " " + vcpus);
    }

    public static void main(String[] arguments) throws Exception {
        List<String> args = Launched.arguments(arguments);
        VmmdevLoop loop = new VmmdevLoop(args);
        loop.answers();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        String asked;
        while ((asked = in.readLine()) != null) {
            System.out.println(
                    switch (asked) {
                        case "cold" -> loop.cold();
                        case "samples" -> loop.samples();
                        case "bhyvectl" -> loop.bhyvectl(Path.of(args.get(0)));
                        default -> loop.ioctl(Integer.parseInt(asked));
                    });
        }
    }

    /** JNA is loaded and the library bound before anything is timed: that is part "start". */
    private void answers() {
        if (VmmDevice.problem().isPresent()) {
            throw new IllegalStateException(VmmDevice.problem().get());
        }
    }

    /** Wall clock of the first sample, in µs. */
    private String cold() throws InterruptedException {
        long begun = System.nanoTime();
        try (VmmdevHypervisor hypervisor = vmmdev()) {
            read(hypervisor);
            return Double.toString((System.nanoTime() - begun) / 1e3);
        }
    }

    /** CPU time of one VM_STATS into the caller's table, in ns, the least of the batches as in the C loop. */
    private String ioctl(int spinMicros) {
        fake.tell("spin " + spinMicros);
        long[][] table = new long[vcpus][64];
        double least = Double.MAX_VALUE;
        VmmOpening opening = VmmDevice.open(directory.node(vm.name()), new VmmAbi());
        try (VmmDevice device = ((VmmOpening.Opened) opening).device()) {
            for (int batch = -2; batch < batches; batch++) {
                long begun = threadNanos();
                for (int i = 0; i < count; i++) {
                    if (device.stats(i % vcpus, table[i % vcpus]) <= 0) {
                        throw new IllegalStateException("not read");
                    }
                }
                least = Math.min(least, (threadNanos() - begun) / (double) count);
            }
        }
        fake.tell("spin 0");
        return Double.toString(least);
    }

    /** Wall clock and CPU time of a sample in µs, bytes that it allocates, bytes of its table. */
    private String samples() throws InterruptedException {
        try (VmmdevHypervisor hypervisor = vmmdev()) {
            Snapshot last = read(hypervisor);
            for (int i = 0; i < SAMPLES; i++) {
                last = read(hypervisor);
            }
            long allocated = allocated();
            double cpu = processMicros();
            long begun = System.nanoTime();
            for (int i = 0; i < SAMPLES; i++) {
                last = read(hypervisor);
            }
            double wall = (System.nanoTime() - begun) / 1e3 / SAMPLES;
            return String.format(
                    Locale.ROOT,
                    "%.3f %.3f %d %d",
                    wall,
                    (processMicros() - cpu) / SAMPLES,
                    (allocated() - allocated) / SAMPLES,
                    (long) last.rows() * last.table().size() * Long.BYTES);
        }
    }

    /** CPU time of a sample by processes, with theirs, in µs. */
    private String bhyvectl(Path program) throws InterruptedException {
        try (Children children = Unpaced.children()) {
            Hypervisor hypervisor = new BhyvectlHypervisor(
                    program, directory, new VmChildren(children, false, System::nanoTime), InstantSource.system());
            double begun = 0;
            for (int i = -5; i < BHYVECTL_SAMPLES; i++) {
                begun = i == 0 ? processMicros() + childrenMicros() : begun;
                read(hypervisor);
            }
            return Double.toString((processMicros() + childrenMicros() - begun) / BHYVECTL_SAMPLES);
        }
    }

    private VmmdevHypervisor vmmdev() {
        return new VmmdevHypervisor(directory, InstantSource.system(), System::nanoTime);
    }

    private Snapshot read(Hypervisor hypervisor) throws InterruptedException {
        Reading reading = hypervisor.read(vm, Allowance.of(Duration.ofSeconds(10)));
        if (reading instanceof Snapshot snapshot && snapshot.rows() == vcpus) {
            return snapshot;
        }
        throw new IllegalStateException("not read: " + reading);
    }

    private static long threadNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long allocated() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static double processMicros() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e3;
    }

    private static double childrenMicros() {
        return ChildCpuTime.seconds().orElseThrow() * 1e6;
    }
}
