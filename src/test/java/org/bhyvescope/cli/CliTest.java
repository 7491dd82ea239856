package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CliTest {
    @TempDir
    Path directory;

    /** What a run of the program said, and its exit code. */
    private record Result(int code, String out, String err) {
        /** The problems that were told, one a line. */
        List<String> problems() {
            return err.lines()
                    .filter(line -> line.startsWith("  "))
                    .map(String::strip)
                    .toList();
        }
    }

    private static Result run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(args, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
        return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
    }

    private static void assertThatIsRefused(Result result, String... problems) {
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.problems()).containsExactly(problems);
    }

    @Test
    void withoutACommandItNamesTheCommands() {
        Result result = run();
        assertThat(result).isEqualTo(new Result(2, "", """
                        bhyvescope: a problem with the command line:
                          no command given: agent, record, demo, explain, state, capture, captures, check or version
                        Help: bhyvescope --help
                        """));
    }

    @Test
    void theHelpOfTheProgramNamesEveryCommand() {
        Result result = run("--help");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains(
                        "\n  agent  ",
                        "\n  record  ",
                        "\n  demo  ",
                        "\n  explain  ",
                        "\n  state  ",
                        "\n  check  ",
                        "\n  version  ");
    }

    @Test
    void aFlagBeforeTheCommandIsRefusedByName() {
        assertThatIsRefused(run("--no-such-flag", "version"), "--no-such-flag: unknown flag");
    }

    @Test
    void anUnknownCommandIsRefusedByName() {
        assertThatIsRefused(run("frobnicate"), "frobnicate: unknown argument");
    }

    @ParameterizedTest
    @ValueSource(strings = {"top"})
    void aLaterCommandIsRefusedByName(String command) {
        assertThatIsRefused(run(command), command + ": this command is not in this version (" + Version.text() + ")");
    }

    @Test
    void aWebConfigurationThatAStartRefusesCheckRefusesWithTheSameWords() throws IOException {
        Path file =
                Files.writeString(directory.resolve("web.yml"), "rate_limit: {}\nbasic_auth_users:\n  alice: clear\n");
        String flag = "--web.config.file=" + file;
        String[] problems = {
            "--web.config.file: " + file + ":1: rate_limit: is not supported; remove it: connections, and checks of "
                    + "passwords, are limited without it (SECURITY.md)",
            "--web.config.file: " + file
                    + ":3: basic_auth_users.alice: is not a bcrypt hash, which begins with $2y$, $2b$ "
                    + "or $2a$; make one with htpasswd -nBC 10 NAME"
        };
        assertThatIsRefused(run("agent", flag), problems);
        assertThatIsRefused(run("check", "--config", flag), problems);
        assertThatIsRefused(run("agent", "--web.config.file="), "--web.config.file=: must not be empty");
    }

    @Test
    void checkTakesAGoodWebConfigurationAndWarnsOfWhatOthersReach() throws IOException {
        Path file = Files.writeString(directory.resolve("web.yml"), "{}\n");
        Result result = run("check", "--config", "--web.config.file=" + file, "--web.listen-address=0.0.0.0:10424");
        assertThat(result.code()).isZero();
        assertThat(result.out().lines())
                .hasSize(4)
                .first()
                .asString()
                .isEqualTo("warn  " + file
                        + ": has neither tls_server_config nor basic_auth_users: everybody may read, over plain HTTP");
        assertThat(result.out())
                .contains("\nwarn  listening on 0.0.0.0:10424, beyond this host, without authentication: ")
                .contains("\nwarn  listening on 0.0.0.0:10424, beyond this host, without TLS: ")
                .endsWith("\nconfiguration ok\n");
        assertThat(run("check", "--config").out()).isEqualTo("configuration ok\n");
    }

    @ParameterizedTest
    @CsvSource({
        "--bogus, --bogus: unknown flag",
        "--bogus=1, --bogus=1: unknown flag",
        "extra, extra: unknown argument",
        "--onc, --onc: unknown flag",
        "--stats.interval, Missing required parameter for option '--stats.interval' (TIME)",
        "--format=xml, '--format=xml: must be one of prometheus, json, csv'",
        "--format=json, --format=json: goes with --once",
    })
    void aBadArgumentOfAgentIsRefusedWithAReason(String argument, String problem) {
        assertThatIsRefused(run("agent", argument), problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"version", "demo"})
    void aCommandWithABadFlagDoesNothing(String command) {
        Result result = run(command, "--bogus");
        assertThatIsRefused(result, "--bogus: unknown flag");
        assertThat(result.err())
                .startsWith("bhyvescope: a problem")
                .endsWith("Help: bhyvescope " + command + " --help\n");
    }

    @Test
    void aFlagBeforeTheCommandIsRefused() {
        assertThatIsRefused(run("--bogus", "version"), "--bogus: unknown flag");
    }

    @Test
    void aDurationOfTheDemoThatIsNoneIsRefused() {
        assertThatIsRefused(run("demo", "--duration=soon"), "--duration=soon: must be a duration like 30s or 5m");
    }

    @Test
    void allProblemsAreToldAtOnceWhoeverFoundThem() {
        Result result = run(
                "agent",
                "--bogus",
                "--capture.keep=0",
                "--log.level=loud",
                "--read.timeout=1x",
                "--format=xml",
                "extra");
        assertThatIsRefused(
                result,
                "--bogus: unknown flag",
                "extra: unknown argument",
                "--format=xml: must be one of prometheus, json, csv",
                "--capture.keep=0: must be a number from 1 to 10000",
                "--read.timeout=1x: must be a duration of 100ms to 1h, like 500ms, 1s, 2m",
                "--log.level=loud: must be one of debug, error, info, warn");
        assertThat(result.err()).startsWith("bhyvescope: 6 problems with the command line:\n");
    }

    @Test
    void stateNeedsOneVmAndTellsAllProblemsAtOnce() {
        assertThatIsRefused(
                run("state", "--cpu=x", "--vendor=arm", "--read.timeout=0s"),
                "--vendor=arm: must be amd or intel",
                "--cpu=x: must be the number of a vCPU",
                "--read.timeout=0s: must be a duration of 100ms to 1h, like 500ms, 1s, 2m",
                "no VM given: bhyvescope state VM");
        assertThatIsRefused(run("state", "a", "b"), "more than one VM given");
    }

    @Test
    void recordTellsAllProblemsAtOnce() {
        assertThatIsRefused(
                run("record", "--duration=0s", "--output=", "--source=x", "--host.hz=0", "--once"),
                "--once: unknown flag",
                "--duration=0s: must be a duration like 30s or 5m",
                "--output=: must not be empty",
                "--source=x: must be auto, bhyvectl, vmmdev or gate",
                "--host.hz=0: must be a whole number of Hz from 1 to 1000000");
    }

    @Test
    void recordDoesNotOverwrite() throws IOException {
        Path file = Files.writeString(directory.resolve("a.jsonl"), "kept");
        assertThat(run("record", "--output=" + file))
                .isEqualTo(new Result(
                        1,
                        "",
                        "bhyvescope: " + file + " is there already, and is not overwritten: --output=FILE names "
                                + "another\n"));
        assertThat(file).hasContent("kept");
        assertThat(run("record", "--output=" + directory.resolve("none/a.jsonl"))
                        .err())
                .isEqualTo("bhyvescope: " + directory.resolve("none/a.jsonl")
                        + " cannot be made: its directory is not there\n");
    }

    @Test
    void aReplayGoesWithNothingThatSaysHowToReadInEveryCommand() {
        String problem = "--source=bhyvectl: does not go with --replay, which reads no VM";
        assertThatIsRefused(run("agent", "--replay=a", "--source=bhyvectl"), problem);
        assertThatIsRefused(run("check", "--config", "--replay=a", "--source=bhyvectl"), problem);
        assertThatIsRefused(
                run("check", "--replay=a"), "--replay=a: goes with --config: a recording has no host to check");
        assertThat(run("check", "--config", "--replay=a")).isEqualTo(new Result(0, "configuration ok\n", ""));
    }

    @Test
    void aReplayOfWhatIsNoRecordingFails() throws IOException {
        Path none = directory.resolve("none");
        Result absent = new Result(1, "", "bhyvescope: " + none + " is not there\n");
        assertThat(run("agent", "--replay=" + none)).isEqualTo(absent);
        assertThat(run("agent", "--once", "--replay=" + none)).isEqualTo(absent);
        Path other = Files.writeString(directory.resolve("other"), "{}\n");
        assertThat(run("agent", "--once", "--replay=" + other).err())
                .isEqualTo(
                        "bhyvescope: " + other + " is no recording of bhyvescope's: its first line does not say so\n");
    }

    @Test
    void onceReplaysAllOfARecordingAndPrints() throws IOException {
        String document = Files.readString(Path.of("docs/RECORDING.md"));
        int begin = document.indexOf("```json\n") + 8;
        List<String> example = document.substring(begin, document.indexOf("```", begin))
                .lines()
                .toList();
        Path file = directory.resolve("a.jsonl");
        Files.writeString(file, String.join("\n", example.subList(0, 5)) + "\n{\"sam");
        Result result = run("agent", "--once", "--replay=" + file);
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains(
                        "\nbhyve_vm_exit_rate{reason=\"hlt\",vm=\"web\"} 478.00004780",
                        "\nbhyve_vcpu_exits_total{vcpu=\"0\",vm=\"web\"} 902840.0\n",
                        "\nbhyve_vm_last_sample_timestamp_seconds{vm=\"web\"} 1.79560800101E9\n");
        assertThat(result.err())
                .isEqualTo("bhyvescope: " + file + ", line 6: the file ends within this line, so whatever wrote it was "
                        + "stopped; all before it was read\n");
        assertThat(run("agent", "--once", "--replay=" + file, "--vm.exclude=web")
                        .code())
                .isEqualTo(1);
    }

    @Test
    void aFlagGivenTwiceIsRefused() {
        assertThatIsRefused(
                run("check", "--config", "--read.timeout=1s", "--read.timeout=2s"),
                "option '--read.timeout' (TIME) should be specified only once");
    }

    @Test
    void theListenAddressMayBeGivenTwice() {
        assertThat(run("check", "--config", "--web.listen-address=127.0.0.1:1", "--web.listen-address=127.0.0.1:2"))
                .isEqualTo(new Result(0, "configuration ok\n", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h"})
    void helpOfTheProgramNamesTheCommands(String flag) {
        Result result = run(flag);
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .startsWith("Usage: bhyvescope ")
                .contains("\n  agent ", "\n  demo ", "\n  check ", "\n  version ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "record", "demo", "check", "version"})
    void everyCommandHasHelp(String command) {
        for (String flag : List.of("--help", "-h")) {
            Result result = run(command, flag);
            assertThat(result.code()).isZero();
            assertThat(result.err()).isEmpty();
            assertThat(result.out()).startsWith("Usage: bhyvescope " + command + " ");
        }
    }

    @Test
    void helpIsGivenToWhoeverAsksEvenWithABadFlag() {
        assertThat(run("agent", "--bogus", "--help").code()).isZero();
    }

    @Test
    void versionTellsThreeVersions() {
        Result result = run("version");
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out().lines())
                .hasSize(3)
                .first()
                .asString()
                .matches("bhyvescope \\d+\\.\\d+\\.\\d+")
                .isEqualTo("bhyvescope " + Version.text());
        assertThat(result.out()).contains("\njava " + Runtime.version() + " (", System.getProperty("os.name"));
    }

    @Test
    void theDemoWantsTheLauncher() {
        Result result = run("demo");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo(
                        "bhyvescope: start the demo through the launcher (agent/bin/bhyvescope demo or make demo)\n");
    }

    @Test
    void checkConfigJudgesTheFlagsAndTouchesNothing() throws IOException {
        Path program = directory.resolve("bhyvectl");
        Files.writeString(program, "#!/bin/sh\ntouch '" + directory + "/touched'\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Files.createDirectory(directory.resolve("vmm"));
        Files.createFile(directory.resolve("vmm/vm"));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(run(
                            "check",
                            "--config",
                            "--bhyvectl.path=" + program,
                            "--vmm.dir=" + directory.resolve("vmm"),
                            "--web.listen-address=127.0.0.1:" + taken.getLocalPort()))
                    .isEqualTo(new Result(0, "configuration ok\n", ""));
        }
        try (Stream<Path> all = Files.walk(directory)) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder(directory.getFileName().toString(), "bhyvectl", "vmm", "vm");
        }
    }

    @Test
    void checkConfigRefusesWhatAStartWouldRefuse() {
        String[] bad = {"--host.hz=x", "--vm.include=("};
        String[] problems = {
            "--vm.include=(: is not a regular expression: Unclosed group at 1",
            "--host.hz=x: must be a whole number of Hz from 1 to 1000000"
        };
        assertThatIsRefused(run("check", "--config", bad[0], bad[1]), problems);
        assertThatIsRefused(run("agent", bad[0], bad[1]), problems);
    }

    @Test
    void checkDoesNotTakeWhatIsTheAgentsAlone() {
        assertThatIsRefused(run("check", "--config", "--once"), "--once: unknown flag");
    }
}
