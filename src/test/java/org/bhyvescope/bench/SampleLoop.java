package org.bhyvescope.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.BhyvectlParser;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Unpaced;
import org.bhyvescope.sampling.Ledger;

/**
 * Child of {@link SampleBench}: reads VMs without pause and prints the CPU time of this JVM per process in µs, for all of
 * it, for a bare start and wait, and for the parser.
 */
final class SampleLoop {
    private static final int WARM_UP = 60;
    private static final int READINGS = 150;
    private static final int PARSES = 50_000;

    private SampleLoop() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> args = Launched.arguments(arguments);
        Path bhyvectl = Path.of(args.get(0));
        VmDirectory directory = new VmDirectory(Path.of(args.get(1)), name -> true);
        Ledger ledger = new Ledger(StatisticsTable.load(), SimulatedBoard.HOST);
        try (Children children = Unpaced.children()) {
            BhyvectlHypervisor hypervisor = new BhyvectlHypervisor(
                    bhyvectl, directory, new VmChildren(children, false, System::nanoTime), InstantSource.system());
            List<VmId> vms = ((VmListing.Listed) hypervisor.vms()).vms();
            ledger.reconcile(vms);
            read(hypervisor, vms.get(0), ledger, WARM_UP);
            long starts = children.starts();
            double begun = cpuMicros();
            read(hypervisor, vms.get(0), ledger, READINGS);
            double all = (cpuMicros() - begun) / (children.starts() - starts);
            System.out.println(all + " " + bare(bhyvectl) + " " + parse());
        }
    }

    private static void read(BhyvectlHypervisor hypervisor, VmId vm, Ledger ledger, int times)
            throws InterruptedException {
        for (int i = 0; i < times; i++) {
            Reading reading = hypervisor.read(vm, Allowance.of(Duration.ofSeconds(10)));
            if (reading instanceof Reading.Failure failure) {
                throw new IllegalStateException(failure.detail());
            }
            ledger.accept(vm, reading);
        }
    }

    /** What the JDK takes for a process whose output is read to its end in one thread, and nothing else. */
    private static double bare(Path bhyvectl) throws IOException, InterruptedException {
        double begun = 0;
        int times = READINGS * 10;
        for (int i = -WARM_UP; i < times; i++) {
            begun = i == 0 ? cpuMicros() : begun;
            Process process = new ProcessBuilder(bhyvectl.toString(), "--vm=16", "--cpu=1", "--get-stats").start();
            process.getInputStream().readAllBytes();
            process.waitFor();
        }
        return (cpuMicros() - begun) / times;
    }

    private static double parse() {
        byte[] text = SimulatedBoard.text();
        StatTable table =
                BhyvectlParser.parse(text, StatTable.EMPTY).stats().get(0).table();
        double begun = 0;
        for (int i = -PARSES; i < PARSES; i++) {
            begun = i == 0 ? cpuMicros() : begun;
            if (BhyvectlParser.parse(text, table).stats().size() != 1) {
                throw new IllegalStateException("not parsed");
            }
        }
        return (cpuMicros() - begun) / PARSES;
    }

    private static double cpuMicros() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e3;
    }
}
