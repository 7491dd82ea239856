package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class StateVersionTest {
    @TempDir
    Path directory = Path.of("");

    private Path file() {
        return directory.resolve(StateVersion.FILE);
    }

    @Test
    void aDirectoryGetsItsVersionOnceAndIsReadable() throws Exception {
        assertThat(StateVersion.problem(directory)).isEmpty();
        assertThat(StateVersion.problem(directory.resolve("none"))).isEmpty();

        StateVersion.write(directory);

        assertThat(file()).hasContent("1\n");
        assertThat(StateVersion.problem(directory)).isEmpty();
        Files.writeString(file(), "1");
        StateVersion.write(directory);
        assertThat(file()).hasContent("1");
        try (Stream<Path> all = Files.list(directory)) {
            assertThat(all).containsExactly(file());
        }
    }

    @Test
    void aNewerOnesFilesAreLeftAlone() throws Exception {
        Files.writeString(file(), "2\n");

        assertThat(StateVersion.problem(directory).orElseThrow())
                .contains("newer bhyvescope (version 2 of its files; this one knows 1)", "Nothing in it was touched");
        StateVersion.write(directory);
        assertThat(file()).hasContent("2\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "0", "-1", "1.0", "one", "1 2", "99999999999", "\0", "1\n2\n"})
    void whatIsNoVersionIsNotGuessedAt(String text) throws Exception {
        Files.writeString(file(), text);

        assertThat(StateVersion.problem(directory).orElseThrow()).contains("holds no version");
    }

    /** A downgrade: agent, check, capture and record ask by the same means. */
    @Test
    void everyCommandRefusesTheDirectoryByItsFlag() throws Exception {
        Files.writeString(file(), "2\n");
        Problems problems = new Problems();

        CommandLine.populateCommand(new AgentFlags(), "--state-dir=" + directory)
                .judge(problems);

        assertThat(problems.lines())
                .singleElement()
                .asString()
                .startsWith("--state-dir=" + directory + ": was written by");
    }

    @Test
    void aLinkInThePlaceOfTheNewFileIsNotFollowed() throws Exception {
        Path victim = directory.resolve("victim");
        Files.createSymbolicLink(
                directory.resolve(".version-" + ProcessHandle.current().pid()), victim);
        assertThatThrownBy(() -> StateVersion.write(directory)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(victim).doesNotExist();
    }
}
