package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.os.Root;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program against everything that bhyvectl, its VMs and its host may do to it. */
class HostileE2eTest {
    private static final Duration LONG = Duration.ofSeconds(90);

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
                        .ifPresent(last -> Health.isFresh(now, "ok"));
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
            Health.isBounded(agent, page);
            for (String vm : causes.keySet()) {
                assertThat(agent.err()
                                .lines()
                                .filter(line -> line.contains(" WARN ") && line.contains("\"" + vm + "\"")))
                        .as(vm)
                        .hasSize(1);
            }
            Health.leavesNoProcess(agent);
            children = agent.handle().descendants().toList();
            agent.signal("TERM");
            assertThat(agent.exitCode(Duration.ofSeconds(5))).isEqualTo(143);
        }
        Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
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
            Health.isBounded(agent, agent.metrics());
            Health.leavesNoProcess(agent);
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
            assertThat(agent.err().lines().filter(line -> line.contains(" WARN ")))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("Permission denied");
            Health.isBounded(agent, agent.metrics());
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

    /** Root may list everything; without these two capabilities it is like anybody else. */
    private static List<String> withoutOverridingModes() throws Exception {
        if (!Root.isThisUser()) {
            return List.of();
        }
        assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "skipped: root may list everything, no setpriv");
        return List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--");
    }

    @Test
    void aDirectoryThatMayNotBeListedAnyMoreIsSaidOnceAndItsVmsAreStillRead() throws Exception {
        TestHost host = TestHost.hostile(directory, List.of("ok"));
        Path vmm = directory.resolve("vmm");
        List<String> command = new ArrayList<>(withoutOverridingModes());
        command.addAll(List.of(Program.LAUNCHER.toString(), "agent", "--web.listen-address=127.0.0.1:0"));
        command.addAll(host.flags());
        try (Program agent = Program.startOther(directory, command)) {
            agent.metricsWhen(LONG, page -> page.isState("ok", "running"));
            Files.setPosixFilePermissions(vmm, PosixFilePermissions.fromString("-wx--x--x"));
            Page page = agent.metricsWhen(
                    LONG,
                    now -> now.find("bhyvescope_read_errors_total{cause=\"listing\"}")
                                    .orElse(0)
                            >= 12);
            Health.isFresh(page, "ok"); // more than 10 s have passed
            Health.isBounded(agent, page);
            assertThat(agent.err()).containsOnlyOnce("VMs cannot be listed: no right to list " + vmm);
            Files.setPosixFilePermissions(vmm, PosixFilePermissions.fromString("rwxr-xr-x"));
            host.create("ok2");
            agent.metricsWhen(LONG, now -> now.isState("ok2", "running"));
        }
    }

    @Test
    void withoutSysctlItRunsAndSaysWhatIsMissing() throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        List<String> command = new ArrayList<>(List.of("agent", "--web.listen-address=127.0.0.1:0"));
        host.flags().stream().filter(flag -> !flag.startsWith("--host.")).forEach(command::add);
        Map<String, String> noSysctl = Map.of("BHYVESCOPE_JAVA_OPTS", "-Dbhyvescope.tools=/nonexistent");
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
                vms.stream().filter(vm -> vm.startsWith("ok")).forEach(vm -> Health.isFresh(page, vm));
                TimeUnit.MILLISECONDS.sleep(500);
            }
            Health.isBounded(agent, agent.metrics());
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
                Health.isFresh(agent.metrics(), "ok"); // one deadline is 5 s, the interval 2
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
            Health.isBounded(agent, second);
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
            // Each connection had a thread, for some seconds.
            agent.metricsWhen(LONG, page -> page.value("jvm_threads_live_threads") < 64);
            Health.isBounded(agent, agent.metrics());
            Health.isFresh(agent.metrics(), "steady");
            Health.leavesNoProcess(agent);
        }
    }
}
