package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.bhyvescope.os.Root;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateOwnerTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void rootKeepsOutOfADirectoryThatOthersCanWrite() throws Exception {
        assumeTrue(Root.isThisUser(), "skipped: not root");
        assertThat(StateOwner.unsafeForRoot(directory)).isEmpty();
        assertThat(StateOwner.unsafeForRoot(directory.resolve("none"))).isEmpty();

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxr-x"));
        assertThat(StateOwner.unsafeForRoot(directory)).hasValue("can be written by other users: chmod go-w");

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-x---"));
        Files.setAttribute(directory, "unix:uid", 65534);
        assertThat(StateOwner.unsafeForRoot(directory))
                .hasValueSatisfying(why -> assertThat(why).startsWith("belongs to user 65534"));
        Problems problems = new Problems();
        StateOwner.judge(directory, problems);
        assertThat(problems.lines()).singleElement().asString().startsWith("--state-dir=" + directory + ": belongs");
    }
}
