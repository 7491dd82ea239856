package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Gate;
import org.bhyvescope.web.ListenAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class AgentConfigTest {
    private final Problems problems = new Problems();

    private Optional<AgentConfig> judge(String... args) {
        return CommandLine.populateCommand(new AgentFlags(), args).judge(problems);
    }

    private AgentConfig config(String... args) {
        Optional<AgentConfig> config = judge(args);
        assertThat(problems.lines()).isEmpty();
        return config.orElseThrow();
    }

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        AgentConfig config = config();
        assertThat(config.listen()).containsExactly(new ListenAddress("127.0.0.1", 10424));
        assertThat(config.telemetryPath()).isEqualTo("/metrics");
        assertThat(config.web()).isEmpty();
        assertThat(config.bhyvectl()).isEqualTo(Path.of("/usr/sbin/bhyvectl"));
        assertThat(config.vmmDir()).isEqualTo(Path.of("/dev/vmm"));
        assertThat(config.wanted()).accepts("vm", "a b", "a\nb", "日本", "");
        assertThat(config.interval()).isEmpty();
        assertThat(config.stateInterval()).isEmpty();
        assertThat(config.readTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.historyBytes()).isEqualTo(16L << 20);
        assertThat(config.replay()).isEmpty();
        assertThat(config.captures()).isEqualTo(new AgentConfig.Captures(256L << 20, 50, false));
        assertThat(config.tscHz()).isEmpty();
        assertThat(config.hz()).isEmpty();
        assertThat(config.logLevel()).isEqualTo("info");
        assertThat(config.logFormat()).isEqualTo("text");
        assertThat(config.source()).isEqualTo(SourceChoice.Wanted.AUTO);
        assertThat(config.gate()).isEmpty();
        assertThat(config.stateDir()).isEqualTo(Path.of("/var/db/bhyvescope"));
        // One line above for every component: a new flag must come by here.
        assertThat(AgentConfig.class.getRecordComponents()).hasSize(19);
    }

    @Test
    void everyFlagReachesItsPlace() {
        AgentConfig config = config(
                "--web.listen-address=:9000",
                "--web.listen-address=[::1]:9001",
                "--web.telemetry-path=/a/b.c_d~e-f/9",
                "--source=bhyvectl",
                "--state-dir=/tmp/db",
                "--capture.max-size=1MiB",
                "--capture.keep=10000",
                "--capture.host-addresses",
                "--bhyvectl.path=/opt/bhyvectl",
                "--vmm.dir=/tmp/vmm",
                "--vm.include=web.*",
                "--vm.exclude=.*-test",
                "--stats.interval=250ms",
                "--state.interval=90s",
                "--read.timeout=2m",
                "--history.max-size=1GiB",
                "--host.tsc-frequency=2600000000",
                "--host.hz=100",
                "--log.level=debug",
                "--log.format=json");
        assertThat(config.listen()).containsExactly(new ListenAddress("", 9000), new ListenAddress("::1", 9001));
        assertThat(config.telemetryPath()).isEqualTo("/a/b.c_d~e-f/9");
        assertThat(config.source()).isEqualTo(SourceChoice.Wanted.BHYVECTL);
        assertThat(config.stateDir()).isEqualTo(Path.of("/tmp/db"));
        assertThat(config.captures()).isEqualTo(new AgentConfig.Captures(1L << 20, 10_000, true));
        assertThat(config.bhyvectl()).isEqualTo(Path.of("/opt/bhyvectl"));
        assertThat(config.vmmDir()).isEqualTo(Path.of("/tmp/vmm"));
        assertThat(config.wanted()).accepts("web", "web1").rejects("myweb", "web-test", "db");
        assertThat(config.interval()).contains(Duration.ofMillis(250));
        assertThat(config.stateInterval()).contains(Duration.ofSeconds(90));
        assertThat(config.readTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(config.historyBytes()).isEqualTo(1L << 30);
        assertThat(config.tscHz()).isEqualTo(OptionalLong.of(2_600_000_000L));
        assertThat(config.hz()).isEqualTo(OptionalLong.of(100));
        assertThat(config.logLevel()).isEqualTo("debug");
        assertThat(config.logFormat()).isEqualTo("json");
    }

    @Test
    void theGateIsReachedByDoasUnlessAnotherIsNamed() {
        assertThat(config("--source=gate").source()).isEqualTo(SourceChoice.Wanted.GATE);
        assertThat(config("--source=gate").gate())
                .contains(new Gate(
                        Path.of("/usr/local/bin/doas"), Path.of("/usr/local/libexec/bhyvescope/bhyvescope-gate")));
        assertThat(config("--source=gate", "--gate.by=/usr/local/bin/sudo", "--gate.path=/opt/gate")
                        .gate())
                .contains(new Gate(Path.of("/usr/local/bin/sudo"), Path.of("/opt/gate")));
    }

    @Test
    void theGateHasABhyvectlOfItsOwnAndGoesWithNoOtherSource() {
        judge("--source=gate", "--bhyvectl.path=/tmp/bhyvectl");
        judge("--source=bhyvectl", "--gate.by=/usr/local/bin/sudo");
        judge("--replay=a.jsonl", "--gate.path=/opt/gate");
        assertThat(problems.lines())
                .containsExactly(
                        "--bhyvectl.path=/tmp/bhyvectl: does not go with --source=gate, which runs /usr/sbin/bhyvectl",
                        "--gate.by=/usr/local/bin/sudo: goes with --source=gate",
                        "--gate.path=/opt/gate: does not go with --replay, which reads no VM");
    }

    @ParameterizedTest
    @CsvSource({"0.1, 0.1", "1, 1", "2.5, 2.5", "1000, 1000", "max, Infinity"})
    void aRecordingIsPlayedAtASpeed(String text, double speed) {
        assertThat(config("--replay=a.jsonl", "--replay.speed=" + text).replay())
                .contains(new AgentConfig.Replay(Path.of("a.jsonl").toAbsolutePath(), speed));
        assertThat(config("--replay=a.jsonl").replay().orElseThrow().speed()).isEqualTo(1);
    }

    @Test
    void aSpeedAloneIsRefused() {
        judge("--replay.speed=2");
        assertThat(problems.lines()).containsExactly("--replay.speed=2: goes with --replay");
    }

    /** Also where it is the default that is given: who gives it wants something that a replay does not do. */
    @Test
    void aReplayGoesWithNothingThatSaysHowToRead() {
        judge(
                "--replay=a.jsonl",
                "--source=auto",
                "--bhyvectl.path=/usr/sbin/bhyvectl",
                "--vmm.dir=/dev/vmm",
                "--stats.interval=auto",
                "--state.interval=1m",
                "--read.timeout=3s",
                "--vm.include=web",
                "--host.hz=100",
                "--history.max-size=0");
        String rule = ": does not go with --replay, which reads no VM";
        assertThat(problems.lines())
                .containsExactly(
                        "--source=auto" + rule,
                        "--bhyvectl.path=/usr/sbin/bhyvectl" + rule,
                        "--vmm.dir=/dev/vmm" + rule,
                        "--stats.interval=auto" + rule,
                        "--state.interval=1m" + rule,
                        "--read.timeout=3s" + rule);
    }

    /** Whether this program can be that source is known before anything is opened, so a start is not begun. */
    @Test
    void aSourceThatCannotBeIsRefused() {
        List<String> expected = VmmDevice.problem().map(problem -> "--source=vmmdev: " + problem).stream()
                .toList();

        judge("--source=vmmdev");

        assertThat(problems.lines()).containsExactlyElementsOf(expected);
    }

    @Test
    void aRelativePathBecomesAbsolute() {
        assertThat(config("--bhyvectl.path=bin/bhyvectl").bhyvectl())
                .isEqualTo(Path.of(System.getProperty("user.dir"), "bin/bhyvectl"));
    }

    @Test
    void aPatternMustMatchTheWholeName() {
        assertThat(config("--vm.include=a|bc").wanted()).accepts("a", "bc").rejects("ab", "abc", "b", "");
        assertThat(config("--vm.exclude=a").wanted()).accepts("ab", "ba").rejects("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"100ms", "1h", "60m", "3600s"})
    void theIntervalMayBe100msTo1h(String text) {
        assertThat(config("--stats.interval=" + text).interval()).isEqualTo(Durations.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0s", "0m"})
    void aStateIntervalOf0IsNever(String text) {
        assertThat(config("--state.interval=" + text).stateInterval()).contains(Duration.ZERO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1s", "1000ms", "24h"})
    void theStateIntervalMayBe1sTo24h(String text) {
        assertThat(config("--state.interval=" + text).stateInterval()).isEqualTo(Durations.parse(text));
    }

    static Stream<Arguments> broken() {
        String address = "must be HOST:PORT, [IPV6]:PORT or :PORT, with a port of 0 to 65535";
        String telemetry = "must be a path like /metrics: letters, digits and ._~/-; not under /-/ or /api/";
        String duration = "must be a duration of 100ms to 1h, like 500ms, 1s, 2m";
        String state = "must be a duration of 1s to 24h, like 30s, 5m, or 0 or auto";
        String history = "must be a size of 1MiB to 1GiB, like 16MiB, or 0";
        String speed = "must be a number from 0.1 to 1000, or max";
        String tsc = "must be a whole number of Hz from 1000000 to 100000000000";
        String hz = "must be a whole number of Hz from 1 to 1000000";
        return Stream.of(
                Arguments.of("--web.listen-address", "10424", address),
                Arguments.of("--web.listen-address", "", address),
                Arguments.of("--web.listen-address", "127.0.0.1:65536", address),
                Arguments.of("--web.telemetry-path", "metrics", telemetry),
                Arguments.of("--web.telemetry-path", "", telemetry),
                Arguments.of("--web.telemetry-path", "/", telemetry),
                Arguments.of("--web.telemetry-path", "//metrics", telemetry),
                Arguments.of("--web.telemetry-path", "/a?b", telemetry),
                Arguments.of("--web.telemetry-path", "/é", telemetry),
                Arguments.of("--web.telemetry-path", "/-/metrics", telemetry),
                Arguments.of("--web.telemetry-path", "/api/metrics", telemetry),
                Arguments.of("--source", "AUTO", "must be auto, bhyvectl, vmmdev or gate"),
                Arguments.of("--gate.by", "/usr/local/bin/sudo", "goes with --source=gate"),
                Arguments.of("--gate.path", "/opt/gate", "goes with --source=gate"),
                Arguments.of("--state-dir", "", "must not be empty"),
                Arguments.of("--capture.max-size", "1023KiB", "must be a size of 1MiB to 1024GiB, like 256MiB"),
                Arguments.of("--capture.max-size", "256M", "must be a size of 1MiB to 1024GiB, like 256MiB"),
                Arguments.of("--capture.keep", "0", "must be a number from 1 to 10000"),
                Arguments.of("--capture.keep", "10001", "must be a number from 1 to 10000"),
                Arguments.of("--bhyvectl.path", "", "must not be empty"),
                Arguments.of("--bhyvectl.path", "a\0b", "is not a path: Nul character not allowed"),
                Arguments.of("--vmm.dir", "", "must not be empty"),
                Arguments.of("--vmm.dir", "a\0b", "is not a path: Nul character not allowed"),
                Arguments.of("--vm.include", "[", "is not a regular expression: Unclosed character class at 0"),
                Arguments.of("--vm.exclude", "a**", "is not a regular expression: Dangling meta character '*' at 2"),
                Arguments.of("--stats.interval", "99ms", duration + " or auto"),
                Arguments.of("--stats.interval", "61m", duration + " or auto"),
                Arguments.of("--stats.interval", "1", duration + " or auto"),
                Arguments.of("--stats.interval", "", duration + " or auto"),
                Arguments.of("--state.interval", "999ms", state),
                Arguments.of("--state.interval", "25h", state),
                Arguments.of("--state.interval", "", state),
                Arguments.of("--state.interval", "00", state),
                Arguments.of("--read.timeout", "auto", duration),
                Arguments.of("--read.timeout", "0s", duration),
                Arguments.of("--history.max-size", "1023KiB", history),
                Arguments.of("--history.max-size", "1025MiB", history),
                Arguments.of("--history.max-size", "16777216", history),
                Arguments.of("--history.max-size", "", history),
                Arguments.of("--replay", "", "must not be empty"),
                Arguments.of("--replay", "a\0b", "is not a path: Nul character not allowed"),
                Arguments.of("--replay.speed", "0", speed),
                Arguments.of("--replay.speed", "0.09", speed),
                Arguments.of("--replay.speed", "1000.1", speed),
                Arguments.of("--replay.speed", "-1", speed),
                Arguments.of("--replay.speed", "", speed),
                Arguments.of("--host.tsc-frequency", "999999", tsc),
                Arguments.of("--host.tsc-frequency", "100000000001", tsc),
                Arguments.of("--host.tsc-frequency", "2.6e9", tsc),
                Arguments.of("--host.tsc-frequency", "99999999999999999999", tsc),
                Arguments.of("--host.hz", "0", hz),
                Arguments.of("--host.hz", "-1", hz),
                Arguments.of("--host.hz", "", hz),
                Arguments.of("--web.config.file", "", "must not be empty"),
                Arguments.of("--log.level", "trace", "must be one of debug, error, info, warn"),
                Arguments.of("--log.format", "xml", "must be one of json, text"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void aBrokenFlagIsRefusedWithFlagValueAndRule(String flag, String value, String rule) {
        assertThat(judge(flag + "=" + value)).isEmpty();
        assertThat(problems.lines()).containsExactly(flag + "=" + value + ": " + rule);
    }

    @Test
    void everyFlagHasABrokenCaseAbove() {
        assertThat(CommandSpec.forAnnotatedObject(new AgentFlags()).options())
                .filteredOn(option -> option.arity().max() > 0)
                .extracting(CommandLine.Model.OptionSpec::longestName)
                .hasSize(23)
                .containsExactlyInAnyOrderElementsOf(
                        broken().map(c -> (String) c.get()[0]).collect(Collectors.toSet()));
    }

    @Test
    void allProblemsAreToldAtOnce() {
        List<String> args = new ArrayList<>();
        List<String> flags = new ArrayList<>();
        broken().map(Arguments::get).forEach(c -> {
            // A flag that is not repeatable: its first broken value.
            if (!flags.contains((String) c[0]) || c[0].equals("--web.listen-address")) {
                flags.add((String) c[0]);
                args.add(c[0] + "=" + c[1]);
            }
        });
        assertThat(judge(args.toArray(String[]::new))).isEmpty();
        assertThat(problems.lines())
                .extracting(line -> Arrays.asList(line.split("=", 2)).get(0))
                .containsExactlyInAnyOrderElementsOf(flags)
                .hasSize(23 + 2);
    }
}
