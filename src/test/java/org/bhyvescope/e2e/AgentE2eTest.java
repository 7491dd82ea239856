package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program on a look-alike host: what it runs, what it says, how it ends. */
class AgentE2eTest {
    private static final Duration STOP = Duration.ofSeconds(2);

    /** Room for a busy test machine on top of what the program promises. */
    private static final Duration ROOM = Duration.ofSeconds(3);

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void onlyReadingCommandsAreRunAndOnlyActiveVcpusAreRead() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "sparse", "single", "--create", "a b\"c"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            Program.await(LONG, () -> host.commandLines().size() > 40 ? true : null);
        }
        assertThat(host.commandLines())
                .as("every command line")
                .allMatch(line -> line.matches("--vm=(steady|sparse|single|--create|a b\"c) --cpu=\\d+"
                        + "(( --get-active-cpus --get-suspended-cpus --get-cpu-topology)? --get-stats| --get-all)"));
        Map<String, Set<String>> active = Map.of(
                "steady", Set.of("0", "1", "2", "3"),
                "sparse", Set.of("0", "2", "5"),
                "single", Set.of("0"),
                "--create", Set.of("0"),
                "a b\"c", Set.of("0"));
        active.forEach((vm, ids) -> assertThat(vcpusRead(host, vm)).as(vm).isEqualTo(new TreeSet<>(ids)));
    }

    private static Set<String> vcpusRead(TestHost host, String vm) {
        Pattern form = Pattern.compile(Pattern.quote("--vm=" + vm + " --cpu=") + "(\\d+) .*");
        Set<String> ids = new TreeSet<>();
        try {
            for (String line : host.commandLines()) {
                Matcher m = form.matcher(line);
                if (m.matches()) {
                    ids.add(m.group(1));
                }
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return ids;
    }

    @Test
    void countersEqualTheLastOutputOfBhyvectlExactly() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            host.freeze();
            Program.await(
                    LONG,
                    () -> agent.get("/metrics").contains("bhyve_vm_exit_rate{reason=\"hlt\",vm=\"steady\"} 0.0\n")
                            ? true
                            : null);
            String page = agent.get("/metrics");
            for (int vcpu = 0; vcpu < 4; vcpu++) {
                String printed = bhyvectl(host, vcpu);
                for (Map.Entry<String, String> pair : Map.of(
                                "number of times hlt was intercepted",
                                "bhyve_vcpu_exit_reasons_total{reason=\"hlt\",vcpu=\"%d\",vm=\"steady\"}",
                                "vm exits for instruction emulation",
                                "bhyve_vcpu_exit_reasons_total{reason=\"instruction_emulation\",vcpu=\"%d\",vm=\"steady\"}",
                                "total number of vm exits",
                                "bhyve_vcpu_exits_total{vcpu=\"%d\",vm=\"steady\"}",
                                "a statistic of a later release",
                                "bhyve_vcpu_stat{stat=\"a statistic of a later release\",vcpu=\"%d\",vm=\"steady\"}")
                        .entrySet()) {
                    assertThat(value(page, String.format(pair.getValue(), vcpu)))
                            .as(pair.getKey())
                            .isEqualTo(number(printed, pair.getKey()));
                }
                double cycles = number(printed, "vcpu total runtime");
                assertThat(value(page, "bhyve_vcpu_run_seconds_total{vcpu=\"" + vcpu + "\",vm=\"steady\"}"))
                        .isEqualTo(cycles / TestHost.TSC_HZ);
            }
        }
    }

    private static String bhyvectl(TestHost host, int vcpu) throws Exception {
        Program run = Program.startOther(
                host.directory(),
                List.of(
                        host.directory().resolve("bhyvectl").toString(),
                        "--vm=steady",
                        "--cpu=" + vcpu,
                        "--get-stats"));
        assertThat(run.exitCode(LONG)).isZero();
        return run.out();
    }

    private static double number(String printed, String description) {
        return printed.lines()
                .filter(line -> line.startsWith(description))
                .map(line -> Double.parseDouble(line.substring(line.lastIndexOf('\t') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static double value(String page, String series) {
        return page.lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + series + " in\n" + page));
    }

    @Test
    void sigtermEndsItInTimeEvenWhileAVmHangsAndLeavesNoChild() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "stuck"));
        host.hang("stuck");
        try (Program agent = Program.agent(host, "--read.timeout=1m")) {
            agent.metricsWithRates();
            List<ProcessHandle> children = Program.await(LONG, () -> {
                List<ProcessHandle> found = agent.handle()
                        .descendants()
                        .filter(child -> child.info().command().orElse("").endsWith("sleep"))
                        .toList();
                return found.isEmpty() ? null : found;
            });
            agent.signal("TERM");
            assertThat(agent.exitCode(STOP.plus(ROOM))).isEqualTo(143);
            Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
        }
    }

    @Test
    void aHungVmIsLoggedOnceAndCountedWhileOthersStayFresh() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "stuck"));
        host.hang("stuck");
        try (Program agent = Program.agent(host, "--read.timeout=200ms", "--stats.interval=500ms")) {
            String page = Program.await(LONG, () -> {
                String now = agent.get("/metrics");
                return now.contains("bhyve_vm_state{state=\"unreadable\",vm=\"stuck\"} 1.0") ? now : null;
            });
            assertThat(value(page, "bhyvescope_read_errors_total{cause=\"timeout\",vm=\"stuck\"}"))
                    .isGreaterThanOrEqualTo(3);
            double age = System.currentTimeMillis() / 1e3
                    - value(page, "bhyve_vm_last_sample_timestamp_seconds{vm=\"steady\"}");
            assertThat(age).as("age of the other VM's sample, seconds").isLessThan(5);
            assertThat(agent.err().lines().filter(line -> line.contains("stuck") && line.contains("WARN")))
                    .hasSize(1);
            assertThat(value(page, "bhyvescope_log_suppressed_total")).isGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void sighupDoesNotEndIt() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            agent.signal("HUP");
            Program.await(LONG, () -> agent.err().contains("SIGHUP") ? true : null);
            assertThat(agent.get("/-/healthy")).isEqualTo("OK\n");
        }
    }

    @Test
    void aPortInUseIsSaidWithTheRemedy() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            List<String> args = new ArrayList<>(List.of("agent"));
            args.add("--web.listen-address=127.0.0.1:" + taken.getLocalPort());
            args.addAll(host.flags());
            try (Program agent = Program.start(directory, args)) {
                assertThat(agent.exitCode(LONG)).isEqualTo(1);
                assertThat(agent.err())
                        .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                        .contains("--web.listen-address=");
            }
        }
    }

    @Test
    void onceGivesTheSameSeriesInThreeFormats() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady", "sparse"));
        String text = once(host, "prometheus");
        assertThat(text).contains("\nbhyve_vm_exit_rate{reason=\"hlt\",vm=\"sparse\"} ");
        long series = text.lines().filter(line -> !line.startsWith("#")).count();
        JsonArray json = JsonParser.parseString(once(host, "json")).getAsJsonArray();
        assertThat(json).hasSize((int) series);
        JsonElement first = json.get(0);
        assertThat(first.getAsJsonObject().keySet()).containsExactly("metric", "labels", "value");
        String csv = once(host, "csv");
        assertThat(csv.lines().findFirst()).contains("metric,vm,vcpu,label,value");
        assertThat(csv.lines().count()).isEqualTo(series + 1);
        assertThat(csv).contains("\r\nbhyve_vcpu_exit_reasons_total,steady,3,reason=hlt,");
    }

    private String once(TestHost host, String format) throws Exception {
        List<String> args = new ArrayList<>(List.of("agent", "--once", "--format=" + format));
        args.addAll(host.flags());
        try (Program run = Program.start(directory, args)) {
            assertThat(run.exitCode(LONG)).as(run.err()).isZero();
            return run.out();
        }
    }

    @Test
    void onceThatIsEndedBySignalLeavesNoChild() throws Exception {
        TestHost host = new TestHost(directory, List.of("stuck"));
        host.hang("stuck");
        List<String> args = new ArrayList<>(List.of("agent", "--once", "--read.timeout=1m"));
        args.addAll(host.flags());
        try (Program run = Program.start(directory, args)) {
            List<ProcessHandle> children = Program.await(LONG, () -> {
                List<ProcessHandle> found = run.handle()
                        .descendants()
                        .filter(child -> child.info().command().orElse("").endsWith("sleep"))
                        .toList();
                return found.isEmpty() ? null : found;
            });
            run.signal("TERM");
            assertThat(run.exitCode(STOP.plus(ROOM))).isEqualTo(143);
            Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
        }
    }

    @Test
    void aFullDiskIsAFailure() throws Exception {
        assumeTrue(Files.exists(Path.of("/dev/full")), "skipped: no /dev/full");
        String launcher = Program.PROJECT.resolve("agent/bin/bhyvescope").toString();
        try (Program run =
                Program.startOther(directory, List.of("sh", "-c", "\"$1\" version > /dev/full", "sh", launcher))) {
            assertThat(run.exitCode(LONG)).isEqualTo(1);
            assertThat(run.err()).contains("standard output cannot be written");
        }
    }

    @Test
    void checkTellsWhatWorksAndTheRemedyForWhatDoesNot() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady"));
        List<String> args = new ArrayList<>(List.of("check", "--web.listen-address=127.0.0.1:0"));
        args.addAll(host.flags());
        try (Program run = Program.start(directory, args)) {
            assertThat(run.exitCode(LONG)).as(run.out()).isZero();
            assertThat(run.out())
                    .contains("ok    VM steady: amd, active vCPUs 0, 1, 2, 3, 12 statistics, 1 of them unknown")
                    .doesNotContain("FAIL");
        }
        Files.delete(directory.resolve("bhyvectl"));
        try (Program run = Program.start(directory, args)) {
            assertThat(run.exitCode(LONG)).isEqualTo(1);
            assertThat(run.out()).contains("FAIL  bhyvectl: ").contains("      remedy: --bhyvectl.path=FILE");
        }
    }

    @Test
    void checkConfigTouchesNothing() throws Exception {
        try (Program run = Program.start(
                directory, List.of("check", "--config", "--bhyvectl.path=/nonexistent", "--vmm.dir=/nonexistent"))) {
            assertThat(run.exitCode(LONG)).isZero();
            assertThat(run.out()).isEqualTo("configuration ok\n");
        }
    }

    @Test
    void everyProblemOfACommandLineIsSaidAtOnce() throws Exception {
        try (Program run = Program.start(
                directory,
                List.of(
                        "agent",
                        "--stats.interval=never",
                        "--web.listen-address=nowhere",
                        "--web.config.file=web.yml",
                        "--no-such-flag"))) {
            assertThat(run.exitCode(LONG)).isEqualTo(2);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .contains("4 problems")
                    .contains("--stats.interval=never: must be a duration")
                    .contains("--web.listen-address=nowhere: must be HOST:PORT")
                    .contains("/web.yml: is not there")
                    .contains("--no-such-flag: unknown flag");
        }
    }
}
