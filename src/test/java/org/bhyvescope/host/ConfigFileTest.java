package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ConfigFileTest {
    @TempDir
    Path dir = Path.of("");

    @Test
    void aRegularFileIsRead() throws Exception {
        Path file = Files.writeString(dir.resolve("a.conf"), "name=caf\u00e9\n");

        assertThat(ConfigFile.read(file.toString())).contains("name=caf\u00e9\n");
    }

    @Test
    void whatIsTooLargeIsNotRead() throws Exception {
        Path file = Files.write(dir.resolve("b.conf"), new byte[ConfigFile.MAX_BYTES]);
        assertThat(ConfigFile.read(file.toString())).isPresent();

        Files.write(file, new byte[ConfigFile.MAX_BYTES + 1]);
        assertThat(ConfigFile.read(file.toString())).isEmpty();
    }

    @Test
    void whatIsNoRegularFileIsNotOpened() throws Exception {
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();

        assertThat(ConfigFile.read(pipe.toString())).isEmpty();
        assertThat(ConfigFile.read("/dev/zero")).isEmpty();
        assertThat(ConfigFile.read(dir.toString())).isEmpty();
    }

    @Test
    void aPathThatDependsOnBhyvesDirectoryOrIsNoneIsNotRead() {
        assertThat(ConfigFile.read("pom.xml")).isEmpty();
        assertThat(ConfigFile.read("")).isEmpty();
        assertThat(ConfigFile.read("/a\0b")).isEmpty();
        assertThat(ConfigFile.read("/no/such")).isEmpty();
    }
}
