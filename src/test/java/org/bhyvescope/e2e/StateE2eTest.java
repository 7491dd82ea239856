package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real program and the states of vCPUs: what is read, what never is, and that statistics go on meanwhile. */
class StateE2eTest {
    private static final Duration LONG = Duration.ofSeconds(90);

    /** Age in seconds at which a sample is stale: a few intervals, and room for a busy test machine. */
    private static final double STALE = 8;

    @TempDir
    Path directory;

    private static List<String> stateReads(TestHost host, String vm) throws Exception {
        return host.commandLines().stream()
                .filter(line -> line.startsWith("--vm=" + vm + " ") && line.endsWith("--get-all"))
                .toList();
    }

    @Test
    void theMetricsOfStatesAppearAndWhatStandsStillIsNeverAsked() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("ok", "still", "suspended", "refused"));
        try (Program agent = Program.agent(host, "--state.interval=2s", "--stats.interval=1s")) {
            Page page = agent.metricsWhen(
                    LONG,
                    now -> Stream.of(
                                    "bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"1\",vm=\"ok\"}",
                                    "bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"0\",vm=\"still\"}",
                                    "bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"1\",vm=\"suspended\"}",
                                    "bhyve_vm_memory_segment_bytes{flags=\"wired\",segment=\"sysmem\",vm=\"refused\"}")
                            .allMatch(series -> now.find(series).isPresent()));

            assertThat(page.value("bhyve_vcpu_capability{capability=\"hlt_exit\",vcpu=\"0\",vm=\"ok\"}"))
                    .isEqualTo(1);
            assertThat(page.value("bhyve_vcpu_capability{capability=\"pause_exit\",vcpu=\"0\",vm=\"ok\"}"))
                    .isZero();
            assertThat(page.value("bhyve_vm_memory_segment_bytes{flags=\"wired\",segment=\"sysmem\",vm=\"ok\"}"))
                    .isEqualTo(2147483648.0);
            assertThat(page.value("bhyve_vm_rtc_offset_seconds{vm=\"ok\"}")).isCloseTo(7200, within(3.0));
            // 12 vCPUs, and no more than two of them a second.
            assertThat(page.value("bhyvescope_sample_interval_seconds{schedule=\"state\"}"))
                    .isEqualTo(6);
            assertThat(page.value("bhyvescope_locking_reads_total")).isGreaterThanOrEqualTo(4 * 87);
            assertThat(page.toString())
                    .doesNotContain("capability=\"mtrap_exit\"")
                    .doesNotContain("cause=\"state_");
        }
        assertThat(stateReads(host, "ok")).isNotEmpty().noneMatch(line -> line.contains("--cpu=2"));
        assertThat(stateReads(host, "still")).isNotEmpty().allMatch(line -> line.contains("--cpu=0 "));
        assertThat(stateReads(host, "suspended")).isNotEmpty().noneMatch(line -> line.contains("--cpu=2"));
    }

    @Test
    void aStateThatHangsHoldsUpNobodyAndLeavesNoChild() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("deaf", "hangs", "ok"));
        List<ProcessHandle> children;
        try (Program agent = Program.agent(host, "--state.interval=2s", "--stats.interval=1s", "--read.timeout=1s")) {
            Page page = agent.metricsWhen(LONG, now -> {
                for (String vm : List.of("deaf", "hangs", "ok")) {
                    now.find("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + vm + "\"}")
                            .ifPresent(last -> assertThat(now.age(vm)).as(vm).isLessThan(STALE));
                }
                return Stream.of("deaf", "hangs")
                                .allMatch(vm -> now.find("bhyvescope_read_errors_total{cause=\"state_timeout\",vm=\""
                                                        + vm + "\"}")
                                                .orElse(0)
                                        >= 2)
                        && now.find("bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"1\",vm=\"ok\"}")
                                .isPresent();
            });

            assertThat(page.toString()).doesNotContain("cause=\"timeout\"");
            assertThat(page.isState("deaf", "running")).isTrue();
            assertThat(agent.err().lines().filter(line -> line.contains("the state of VM \"deaf\"")))
                    .as("logged once")
                    .hasSize(1);
            children = new ArrayList<>();
            Program.await(LONG, () -> {
                children.addAll(agent.handle().descendants().toList());
                return children.isEmpty() ? null : true;
            });
            agent.signal("TERM");
            assertThat(agent.exitCode(Duration.ofSeconds(5))).isEqualTo(143);
        }
        Program.await(LONG, () -> children.stream().noneMatch(ProcessHandle::isAlive) ? true : null);
    }

    @Test
    void aStateIntervalOf0ReadsNone() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("ok"));
        try (Program agent = Program.agent(host, "--state.interval=0", "--stats.interval=200ms")) {
            agent.metricsWhen(LONG, now -> now.find("bhyvescope_samples_total").orElse(0) >= 10);
            assertThat(agent.metrics().toString()).doesNotContain("schedule=\"state\"");
        }
        assertThat(stateReads(host, "ok")).isEmpty();
    }

    private Program state(TestHost host, String... args) throws Exception {
        List<String> all = new ArrayList<>(List.of("state"));
        host.flags().stream()
                .filter(flag -> !flag.startsWith("--host.") && !flag.startsWith("--state-dir="))
                .forEach(all::add);
        all.addAll(List.of(args));
        Program program = Program.start(directory, all);
        program.exitCode(LONG);
        return program;
    }

    @Test
    void stateReadsWhatMayBeReadSaysWhatNotAndExplainsIt() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("ok", "still"));
        try (Program program = state(host, "still")) {
            assertThat(program.exitCode(LONG)).isZero();
            assertThat(program.out()).contains("VMEXIT_HLT").contains("amd");
            assertThat(program.err())
                    .contains("bhyvescope: vCPU 1 was not read: its exits, run time and idle ticks did not grow")
                    .contains("bhyvescope: vCPU 2 was not read: the guest has not started it");
        }
        assertThat(stateReads(host, "still")).containsExactly("--vm=still --cpu=0 --get-all");
        try (Program program = state(host, "ok", "--json")) {
            assertThat(program.exitCode(LONG)).isZero();
            JsonArray vcpus =
                    JsonParser.parseString(program.out()).getAsJsonObject().getAsJsonArray("vcpus");
            assertThat(vcpus).hasSize(2);
            assertThat(vcpus.get(1).getAsJsonObject().get("vcpu").getAsInt()).isEqualTo(1);
        }
    }

    @Test
    void whatStateCouldNotReadIsInItsReportToo() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("still"));
        try (Program program = state(host, "still", "--json")) {
            assertThat(program.exitCode(LONG)).isZero();
            JsonObject about =
                    JsonParser.parseString(program.out()).getAsJsonObject().getAsJsonObject("about");
            assertThat(about.get("complete").getAsBoolean()).isFalse();
            assertThat(about.getAsJsonArray("cuts").asList())
                    .map(JsonElement::getAsJsonObject)
                    .filteredOn(cut -> cut.get("missing").getAsString().equals("all of its state"))
                    .extracting(cut -> cut.get("vcpu").getAsInt())
                    .containsExactly(1, 2);
        }
    }

    @Test
    void stateWaitsForAnIdleVcpuToMove() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("dozes"));
        try (Program program = state(host, "dozes", "--cpu=1")) {
            assertThat(program.exitCode(LONG)).as(program.err()).isZero();
        }
        assertThat(stateReads(host, "dozes")).containsExactly("--vm=dozes --cpu=1 --get-all");
    }

    @Test
    void stateOfOneVcpuThatMayNotBeReadFails() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("still", "hangs"));
        for (String cpu : List.of("1", "2", "9")) {
            try (Program program = state(host, "still", "--cpu=" + cpu)) {
                assertThat(program.exitCode(LONG)).isEqualTo(1);
                assertThat(program.err()).contains("bhyvescope: vCPU " + cpu + " was not read: ");
                assertThat(program.out()).isEmpty();
            }
        }
        assertThat(stateReads(host, "still")).isEmpty();
        try (Program program = state(host, "hangs", "--read.timeout=500ms")) {
            assertThat(program.exitCode(LONG)).isEqualTo(1);
            assertThat(program.err())
                    .contains("vCPU 0 was not read: bhyvectl did not answer in time")
                    .contains("vCPU 1 was not read: the one before it did not answer");
        }
        try (Program program = state(host, "../vmm/still")) {
            assertThat(program.exitCode(LONG)).isEqualTo(1);
            assertThat(program.err()).contains("there is no VM \"../vmm/still\"; there is: hangs, still");
        }
    }

    @Test
    void checkSaysWhatGetAllGives() throws Exception {
        TestHost host = TestHost.withStates(directory, List.of("refused"));
        List<String> args = new ArrayList<>(List.of("check", "--web.listen-address=127.0.0.1:0"));
        args.addAll(host.flags());
        try (Program program = Program.start(directory, args)) {
            assertThat(program.exitCode(LONG)).isZero();
            assertThat(program.out())
                    .contains("note  state: bhyvectl --get-all of VM refused, vCPU 0 ends early")
                    .contains("/dev/mem could not be opened: Permission denied")
                    .contains("there are no metrics of last exit, capabilities and clock");
        }
        host.destroy("refused");
        host.create("ok");
        try (Program program = Program.start(directory, args)) {
            assertThat(program.exitCode(LONG)).isZero();
            assertThat(program.out()).contains("note  state: bhyvectl --get-all of VM ok, vCPU 0");
        }
        args.add("--state.interval=0");
        try (Program program = Program.start(directory, args)) {
            assertThat(program.exitCode(LONG)).isZero();
            assertThat(program.out()).contains("not tried, since --state.interval=0");
        }
        assertThat(stateReads(host, "ok")).hasSize(1);
    }
}
