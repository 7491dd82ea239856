package org.bhyvescope.bench;

import com.sun.management.ThreadMXBean;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.metrics.AgentMeters;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Children;
import org.bhyvescope.web.ListenAddress;
import org.bhyvescope.web.WebServer;

/**
 * Child of {@link ScrapeBench} and {@link DashboardBench}: the agent's metrics and web server on a simulated board of so many
 * VMs of so many vCPUs, with the machine around them if a third argument says {@code host}. {@code tick} on its standard input
 * posts new samples of all VMs, {@code allocated} asks for the bytes that its threads have allocated so far.
 */
final class ScrapeServer {
    private ScrapeServer() {}

    public static void main(String[] arguments) throws Exception {
        List<String> args = Launched.arguments(arguments);
        int vms = Integer.parseInt(args.get(0));
        int vcpus = Integer.parseInt(args.get(1));
        boolean host = args.size() > 2 && args.get(2).equals("host");
        SimulatedBoard simulated = new SimulatedBoard(vms, vcpus);
        simulated.tick();
        simulated.tick();
        PrometheusRegistry registry = new PrometheusRegistry();
        Children children = new Children(System::nanoTime);
        AgentMeters meters = new AgentMeters(
                registry,
                "bench",
                () -> "bhyvectl",
                () -> 0,
                HostFacts.NONE,
                () -> false,
                children,
                simulated.ledger()::board);
        meters.interval(1);
        registry.register(new VmCollector(simulated.ledger()::board, SimulatedBoard.HOST));
        WebServer web = new WebServer(
                List.of(new ListenAddress("127.0.0.1", 0)),
                new WebServer.Content(
                        registry, simulated.ledger()::board, () -> true, () -> true, "bench", "/metrics"));
        LargeHost around = new LargeHost(vms, vcpus);
        if (host) {
            simulated.ledger().acceptHost(around.next());
        }
        web.start();
        System.out.println(web.addresses().get(0).getPort());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.equals("tick")) {
                simulated.tick();
                if (host) {
                    simulated.ledger().acceptHost(around.next());
                }
            }
            System.out.println(allocated());
        }
        web.close();
        children.close();
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .sum();
    }
}
