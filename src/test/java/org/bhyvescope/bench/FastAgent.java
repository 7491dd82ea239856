package org.bhyvescope.bench;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.hypervisor.recording.History;
import org.bhyvescope.metrics.AgentMeters;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Unpaced;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.SampleListener;
import org.bhyvescope.sampling.Scheduler;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebServer;

/**
 * Child of {@link MemoryBench}: the agent's parts, reading as fast as they can. Prints its port, then, for each
 * line on its standard input, how many processes it has started; for the line {@code fill} it fills its history.
 */
final class FastAgent {
    private static final int STARTS_PER_SECOND = 1000;
    private static final long HISTORY_BYTES = 16L << 20;
    private static final int VMS = 10;
    private static final int VCPUS = 16;
    private static final int SECONDS_A_STEP = 200;

    private FastAgent() {}

    public static void main(String[] arguments) throws Exception {
        List<String> args = Launched.arguments(arguments);
        Children children = Unpaced.children();
        BhyvectlHypervisor hypervisor = new BhyvectlHypervisor(
                Path.of(args.get(0)),
                new VmDirectory(Path.of(args.get(1)), name -> true),
                new VmChildren(children, false, System::nanoTime),
                InstantSource.system());
        Ledger ledger = new Ledger(StatisticsTable.load(), SimulatedBoard.HOST);
        History history = new History(HISTORY_BYTES);
        ledger.tell(new SampleListener() {
            @Override
            public void accepted(VmId vm, Reading reading) {
                if (reading instanceof Snapshot snapshot) {
                    history.add(snapshot);
                }
            }

            @Override
            public void listed(List<VmId> vms) {}
        });
        PrometheusRegistry registry = new PrometheusRegistry();
        AgentMeters meters = new AgentMeters(
                registry, "bench", () -> "bhyvectl", () -> 0, HostFacts.NONE, () -> false, children, ledger::board);
        registry.register(new VmCollector(ledger::board, SimulatedBoard.HOST));
        Interval interval = new Interval(Optional.of(Duration.ofMillis(100)), STARTS_PER_SECOND, false);
        Scheduler scheduler =
                new Scheduler(hypervisor, ledger, interval, Duration.ofSeconds(10), meters, System::nanoTime);
        WebServer web = new WebServer(
                List.of(new ListenAddress("127.0.0.1", 0)),
                new WebServer.Content(registry, ledger::board, () -> true, () -> true, "bench", "/metrics"));
        scheduler.start();
        web.start();
        System.out.println(web.addresses().get(0).getPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(line.equals("fill") ? fill(history) : children.starts());
        }
    }

    /** Fills the history with what busy VMs bring; returns its bytes. */
    private static long fill(History history) {
        BusyGuests guests = new BusyGuests(VMS, VCPUS);
        long before;
        do {
            before = history.bytes();
            for (int second = 0; second < SECONDS_A_STEP; second++) {
                guests.next().forEach(history::add);
            }
        } while (history.bytes() - before > HISTORY_BYTES / 100);
        return history.bytes();
    }
}
