package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GateCheckTest {
    private static final Gate GATE =
            new Gate(Path.of("/usr/local/bin/doas"), Path.of("/usr/local/libexec/bhyvescope/bhyvescope-gate"));

    private static ChildResult hello(int status, String said) {
        return new ChildResult.Exited(status, said.getBytes(ISO_8859_1), new byte[0], 0);
    }

    @Test
    void oneThatAnswersAsRootIsGood() {
        GateCheck.Found found = GateCheck.judge(GATE, hello(0, "0\n"));

        assertThat(found.isGood()).isTrue();
        assertThat(found.detail()).contains("bhyvescope-gate answers, by /usr/local/bin/doas");
    }

    @Test
    void oneThatAnswersAsAnotherIsNot() {
        assertThat(GateCheck.judge(GATE, hello(0, "1001\n")).detail()).contains("uid 1001, not as root");
        assertThat(GateCheck.judge(GATE, hello(1, "0\n")).isGood()).isFalse();
        assertThat(GateCheck.judge(GATE, hello(0, "")).isGood()).isFalse();
    }

    /** What doas and sudo say, as they were seen to. */
    @ParameterizedTest
    @CsvSource({
        "'doas: Operation not permitted', a rule for this user",
        "'doas: Authentication required', nopass for doas",
        "'doas: Authorization required', nopass for doas",
        "'doas: doas is not enabled, /usr/local/etc/doas.conf: No such file or directory', write /usr/local/etc/doas.conf",
        "'doas: syntax error at line 3', doas -C",
        "'sudo: a password is required', NOPASSWD for sudo",
        "'Sorry, user x is not allowed to execute y as root on z.', a rule for this user",
        "'x is not in the sudoers file.', a rule for this user",
        "'sudo: /usr/local/libexec/bhyvescope/bhyvescope-gate: command not found', --gate.path=FILE",
        "'something else', try it by hand: echo hello 10",
    })
    void eachRefusalHasItsRemedy(String said, String remedy) {
        GateCheck.Found found =
                GateCheck.judge(GATE, new ChildResult.NotStarted("the gate did not answer (status 1): " + said));

        assertThat(found.detail()).endsWith(said);
        assertThat(found.remedy()).contains(remedy);
    }

    @Test
    void silenceAndGarbageHaveTheirs() {
        assertThat(GateCheck.judge(GATE, new ChildResult.TimedOut(false)).remedy())
                .contains("wait for a password");
        assertThat(GateCheck.judge(GATE, new ChildResult.Garbled("none")).remedy())
                .contains("bhyvescope's own gate");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 100555, ''",
        "0, 100755, ''",
        "0, 40755, ''",
        "0, 41777, ''",
        "0, 100775, can be written by others",
        "0, 100757, can be written by others",
        "0, 101777, can be written by others",
        "0, 120777, ''",
        "1001, 120777, is not root's",
        "0, 40777, can be written by others",
        "0, 40775, can be written by others",
        "1001, 100555, is not root's",
        "1001, 40755, is not root's",
    })
    void onlyRootMayWriteTheGateAndWhatIsAboveIt(int uid, String octal, String why) {
        assertThat(GateCheck.unsafe(uid, Integer.parseInt(octal, 8)).orElse("")).contains(why);
        assertThat(GateCheck.unsafe(uid, Integer.parseInt(octal, 8)).isEmpty()).isEqualTo(why.isEmpty());
    }

    @Test
    void whoeverHoldsALinkOnTheWayHoldsTheGate(@TempDir Path given) throws Exception {
        Path dir = given.toRealPath();
        Path gate = Files.writeString(
                Files.createDirectories(dir.resolve("pre/libexec")).resolve("gate"), "");
        Path theirs = Files.createDirectory(dir.resolve("theirs"));
        Files.createSymbolicLink(theirs.resolve("link"), Path.of("../pre"));
        Files.createSymbolicLink(dir.resolve("outer"), theirs.resolve("link"));

        List<Path> all = GateCheck.onTheWay(dir.resolve("outer/../pre/./libexec/gate"));

        assertThat(all)
                .startsWith(Path.of("/"))
                .containsSequence(
                        dir,
                        dir.resolve("outer"),
                        theirs,
                        theirs.resolve("link"),
                        dir.resolve("pre"),
                        gate.getParent(),
                        gate)
                .doesNotHaveDuplicates();
        assertThat(GateCheck.onTheWay(gate)).hasSize(gate.getNameCount() + 1).endsWith(gate);
        Files.createSymbolicLink(dir.resolve("loop"), Path.of("loop"));
        assertThatThrownBy(() -> GateCheck.onTheWay(dir.resolve("loop/gate")))
                .isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void whatIsNotThereIsSaidBeforeAnythingRuns(@TempDir Path dir) throws Exception {
        Path by = Scripts.write(dir.resolve("by"), "echo ran >" + dir + "/ran\n");
        try (Children children = Scripts.quickChildren()) {
            assertThat(GateCheck.run(new Gate(dir.resolve("doas"), by), children)
                            .remedy())
                    .startsWith("pkg install doas");
            assertThat(GateCheck.run(new Gate(by, dir.resolve("gate")), children)
                            .detail())
                    .endsWith("is not there");
            assertThat(children.starts()).isZero();
        }
    }

    @Test
    void oneThatOthersCanWriteIsNotAsked(@TempDir Path dir) throws Exception {
        Path by = Scripts.write(dir.resolve("by"), "echo ran >" + dir + "/ran\n");
        Path gate = writableByAll(dir);
        try (Children children = Scripts.quickChildren()) {
            GateCheck.Found found = GateCheck.run(new Gate(by, gate), children);

            assertThat(found.detail()).contains("who that is could become root");
            assertThat(found.remedy()).startsWith("chown -h root:wheel " + gate.toRealPath());
            assertThat(children.starts()).isZero();
        }
    }

    private static Path writableByAll(Path dir) throws IOException {
        Path gate = Files.writeString(dir.resolve("gate"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(gate, PosixFilePermissions.fromString("rwxrwxrwx"));
        return gate;
    }
}
