package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program against everything that bhyvectl, its VMs and its host may do to it. */
class HostileE2eTest {
    private static final Duration LONG = Duration.ofSeconds(90);

    /** Age in seconds at which a sample is stale: a few intervals, and room for a busy test machine. */
    private static final double STALE = 8;

    /**
     * Between what an exit rate of 1000/s may read on a machine so busy that a look-alike's start slips by a third of the
     * interval. A clock that leaked into it would bend it sixfold at the least.
     */
    private static final double SLOWEST = 400;

    private static final double FASTEST = 2500;

    private static final String FORKS = "bhyvescope_forks_total";

    @TempDir
    Path directory;

    @Test
    void everyMisbehaviourIsItsOwnCauseLoggedOnceAndHurtsNobodyElse() throws Exception {
        Map<String, String> causes = new TreeMap<>(Map.ofEntries(
                Map.entry("says-12", "gone"),
                Map.entry("says-13", "denied"),
                Map.entry("says-15", "denied"),
                Map.entry("enxio", "gone"),
                Map.entry("einval", "exit_status"),
                Map.entry("vendor", "exit_status"),
                Map.entry("usage", "exit_status"),
                Map.entry("empty", "no_output"),
                Map.entry("garbage", "garbled"),
                Map.entry("binary", "garbled"),
                Map.entry("huge", "too_much_output"),
                Map.entry("endless", "too_much_output"),
                Map.entry("floods-stderr", "timeout"),
                Map.entry("cut", "garbled"),
                Map.entry("null-rows", "gone"),
                Map.entry("other-vcpu", "garbled"),
                Map.entry("killed-midway", "exit_status"),
                Map.entry("vanishes", "gone"),
                Map.entry("sleeper", "timeout"),
                Map.entry("ignores-term", "timeout")));
        List<String> vms = new ArrayList<>(causes.keySet());
        vms.addAll(List.of("ok", "grandchild"));
        TestHost host = TestHost.hostile(directory, vms);
        List<ProcessHandle> children;
        try (Program agent = Program.agent(host, "--read.timeout=500ms", "--stats.interval=2s")) {
            Page page = agent.metricsWhen(LONG, now -> {
                now.find("bhyve_vm_last_sample_timestamp_seconds{vm=\"ok\"}")
                        .ifPresent(last -> assertThat(now.age("ok")).isLessThan(STALE));
                return causes.keySet().stream().allMatch(vm -> now.isState(vm, "unreadable"));
            });
            causes.forEach((vm, cause) -> assertThat(
                            page.value("bhyvescope_read_errors_total{cause=\"" + cause + "\",vm=\"" + vm + "\"}"))
                    .as(vm)
                    .isGreaterThanOrEqualTo(3));
            assertThat(page.toString()).doesNotContain("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"cut\"}");
            assertThat(page.isState("ok", "running")).isTrue();
            assertThat(page.find("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"grandchild\"}"))
                    .as("a grandchild that holds the pipe costs nothing")
                    .isPresent();
            assertThat(page.value("bhyvescope_abandoned_children")).isZero();
            isBounded(agent, page);
            for (String vm : causes.keySet()) {
                assertThat(agent.err()
                                .lines()
                                .filter(line -> line.contains(" WARN ") && line.contains("\"" + vm + "\"")))
                        .as(vm)
                        .hasSize(1);
            }
            children = agent.handle().descendants().toList();
            agent.signal("TERM");
            assertThat(agent.exitCode(Duration.ofSeconds(5))).isEqualTo(143);
        }
        Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
    }

    private static void isBounded(Program agent, Page page) throws Exception {
        assertThat(page.value("process_files_open_files")).as("descriptors").isLessThan(80);
        assertThat(page.value("jvm_threads_live_threads")).as("threads").isLessThan(64);
        Path status = Path.of("/proc/" + agent.handle().pid() + "/status");
        if (Files.exists(status)) {
            long kilobytes = Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
            assertThat(kilobytes).as("resident memory, KiB").isLessThan(120_000);
        }
    }

    @Test
    void aMissingOrUnusableBhyvectlIsSaidOnceAndTheAgentLives() throws Exception {
        TestHost host = TestHost.hostile(directory, List.of("ok"));
        Path program = directory.resolve("bhyvectl");
        Path aside = Files.move(program, directory.resolve("aside"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWhen(LONG, page -> page.isState("ok", "unreadable"));
            assertThat(agent.metrics().value("bhyvescope_read_errors_total{cause=\"not_started\",vm=\"ok\"}"))
                    .isGreaterThanOrEqualTo(3);
            assertThat(agent.err().lines().filter(line -> line.contains(" WARN ")))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains(program.toString())
                    .contains("No such file");
            assertThat(agent.get("/-/healthy")).isEqualTo("OK\n");
            Files.move(aside, program);
            agent.metricsWhen(LONG, page -> page.isState("ok", "running"));
            assertThat(agent.err()).contains("VM \"ok\" can be read again after ");
        }
    }

    @Test
    void aNotExecutableBhyvectlIsSaid() throws Exception {
        TestHost host = TestHost.hostile(directory, List.of("ok"));
        assertThat(directory.resolve("bhyvectl").toFile().setExecutable(false, false))
                .isTrue();
        try (Program agent = Program.agent(host)) {
            agent.metricsWhen(
                    LONG,
                    page -> page.find("bhyvescope_read_errors_total{cause=\"not_started\",vm=\"ok\"}")
                            .isPresent());
            assertThat(agent.err()).contains("Permission denied");
        }
    }

    @Test
    void aDirectoryThatIsNotThereOrNoneIsSaidOnceAndComesBack() throws Exception {
        TestHost host = TestHost.hostile(directory, List.of());
        Files.delete(directory.resolve("vmm"));
        try (Program agent = Program.agent(host)) {
            Program.await(LONG, () -> agent.err().contains("is not there: no VMs (is vmm.ko loaded?)") ? true : null);
            Files.createFile(directory.resolve("vmm"));
            Page page = agent.metricsWhen(
                    LONG,
                    now -> now.find("bhyvescope_read_errors_total{cause=\"listing\"}")
                                    .orElse(0)
                            >= 2);
            assertThat(page.value("bhyvescope_log_suppressed_total")).isGreaterThanOrEqualTo(1);
            assertThat(agent.err()).containsOnlyOnce("is not a directory");
            Files.delete(directory.resolve("vmm"));
            Files.createDirectory(directory.resolve("vmm"));
            host.create("ok");
            agent.metricsWhen(LONG, now -> now.isState("ok", "running"));
        }
    }

    @Test
    void withoutSysctlItRunsAndSaysWhatIsMissing() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        List<String> command = new ArrayList<>(List.of("agent", "--web.listen-address=127.0.0.1:0"));
        host.flags().stream().filter(flag -> !flag.startsWith("--host.")).forEach(command::add);
        Map<String, String> noSysctl = Map.of("BHYVESCOPE_JAVA_OPTS", "-Dbhyvescope.sysctl=/nonexistent/sysctl");
        try (Program agent = Program.start(directory, command, noSysctl)) {
            String page = agent.metricsWithRates();
            assertThat(page).contains("bhyve_vcpu_exits_total").doesNotContain("_seconds_total{vcpu=");
            assertThat(agent.err()).containsOnlyOnce("--host.tsc-frequency=HZ").containsOnlyOnce("--host.hz=HZ");
        }
    }

    @Test
    void halfOf32VmsHangingLeavesTheOtherHalfFresh() throws Exception {
        List<String> vms = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            vms.add("ok" + i);
            vms.add("hung" + i);
        }
        TestHost host = TestHost.hostile(directory, vms);
        try (Program agent = Program.agent(host, "--read.timeout=1s")) {
            agent.metricsWhen(
                    LONG,
                    page -> vms.stream()
                            .allMatch(vm ->
                                    vm.startsWith("hung") ? page.isState(vm, "unreadable") : isSampled(page, vm)));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (System.nanoTime() < end) {
                Page page = agent.metrics();
                vms.stream()
                        .filter(vm -> vm.startsWith("ok"))
                        .forEach(vm -> assertThat(page.age(vm)).as(vm).isLessThan(STALE));
                TimeUnit.MILLISECONDS.sleep(500);
            }
            isBounded(agent, agent.metrics());
        }
    }

    @Test
    void thirtyVmsThatBeginToHangAtOnceDoNotHoldUpAHealthyOne() throws Exception {
        List<String> vms = new ArrayList<>(List.of("ok"));
        for (int i = 0; i < 30; i++) {
            vms.add("late" + i);
        }
        TestHost host = TestHost.hostile(directory, vms);
        try (Program agent = Program.agent(host, "--read.timeout=5s")) {
            agent.metricsWhen(LONG, page -> vms.stream().allMatch(vm -> page.isState(vm, "running")));
            Files.createFile(directory.resolve("late"));
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
            while (System.nanoTime() < end) {
                assertThat(agent.metrics().age("ok"))
                        .as("one deadline is 5 s, the interval 2")
                        .isLessThan(STALE);
                TimeUnit.MILLISECONDS.sleep(300);
            }
            agent.metricsWhen(LONG, page -> page.isState("late29", "unreadable"));
        }
    }

    private static boolean isSampled(Page page, String vm) {
        return page.find("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + vm + "\"}")
                .isPresent();
    }

    @Test
    void twoThousandVmsAreReadAtTwentyASecondAndTheIntervalSaysSo() throws Exception {
        List<String> vms = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            vms.add("ok" + i);
        }
        TestHost host = TestHost.hostile(directory, vms);
        try (Program agent = Program.agent(host, "--stats.interval=1s")) {
            Page first = agent.metricsWhen(LONG, page -> page.find(FORKS).orElse(0) > 20);
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(8);
            Page second = agent.metrics();
            double seconds = (System.nanoTime() - begin) / 1e9;
            assertThat((second.value(FORKS) - first.value(FORKS)) / seconds)
                    .as("processes a second")
                    .isBetween(5.0, 20.5);
            assertThat(second.value("bhyvescope_sample_interval_seconds{schedule=\"stats\"}"))
                    .isEqualTo(125);
            assertThat(agent.err()).containsOnlyOnce("statistics interval stretched from 1000 to 125000 ms");
            isBounded(agent, second);
        }
    }

    @Test
    void twoHundredScrapesAtOnceAreAnsweredOrTurnedAway() throws Exception {
        TestHost host = new TestHost(directory, List.of("steady"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            HttpClient http = HttpClient.newHttpClient();
            HttpRequest request = HttpRequest.newBuilder(URI.create(agent.url() + "/metrics"))
                    .timeout(Duration.ofSeconds(30))
                    .build();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                answers.add(http.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
            }
            int good = 0;
            for (CompletableFuture<HttpResponse<String>> answer : answers) {
                HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
                assertThat(response.statusCode()).isIn(200, 503);
                good += response.statusCode() == 200 ? 1 : 0;
                assertThat(response.body()).contains(response.statusCode() == 200 ? "bhyve_vcpu_exits" : "Too many");
            }
            assertThat(good).as("scrapes that were answered").isPositive();
            isBounded(agent, agent.metrics());
            assertThat(agent.metrics().age("steady")).isLessThan(STALE);
        }
    }

    @Test
    void aWallClockThatIsSetDoesNotBendTheRates() throws Exception {
        Path library = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");
        assumeTrue(Files.exists(library), "skipped: Debian's faketime is not installed");
        TestHost host = new TestHost(directory, List.of("single"));
        Path clock = Files.writeString(directory.resolve("wall"), "+0");
        Map<String, String> faked = Map.of(
                "LD_PRELOAD",
                library.toString(),
                "FAKETIME_TIMESTAMP_FILE",
                clock.toString(),
                "FAKETIME_NO_CACHE",
                "1",
                "DONT_FAKE_MONOTONIC",
                "1");
        String stamp = "bhyve_vm_last_sample_timestamp_seconds{vm=\"single\"}";
        try (Program agent = Program.agent(host, faked)) {
            double before = new Page(agent.metricsWithRates()).value(stamp);
            for (int hours : List.of(1, -1)) {
                Files.writeString(clock, (hours > 0 ? "+" : "") + hours + "h");
                agent.metricsWhen(LONG, page -> Math.abs(page.value(stamp) - before - hours * 3600) < 60);
                for (int i = 0; i < 3; i++) {
                    double rate =
                            agent.metrics().value("bhyve_vm_exit_rate{reason=\"instruction_emulation\",vm=\"single\"}");
                    assertThat(rate).as("with the clock off by %d h", hours).isBetween(SLOWEST, FASTEST);
                    TimeUnit.SECONDS.sleep(1);
                }
            }
        }
    }

    @Test
    void anAgentThatWasStoppedForAWhileGoesOnWithTrueRates() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host)) {
            agent.metricsWithRates();
            agent.signal("STOP");
            TimeUnit.SECONDS.sleep(6);
            agent.signal("CONT");
            for (int i = 0; i < 4; i++) {
                double rate =
                        agent.metrics().value("bhyve_vm_exit_rate{reason=\"instruction_emulation\",vm=\"single\"}");
                assertThat(rate).isBetween(SLOWEST, FASTEST);
                TimeUnit.SECONDS.sleep(1);
            }
        }
    }
}
