package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashFileTest {
    private static final String FATAL = """
            #
            # A fatal error has been detected by the Java Runtime Environment:
            #
            #  SIGSEGV (0xb) at pc=0x00007f5c1a2b3c4d, pid=4711, tid=4712
            """;

    @TempDir
    Path dir = Path.of("");

    @Test
    void theFirstReportOfACrashIsFound() throws Exception {
        Files.writeString(dir.resolve("hs_err_pid9.log"), FATAL);
        Files.writeString(dir.resolve("hs_err_pid4711.log"), FATAL);

        assertThat(CrashFile.in(dir)).contains(dir.resolve("hs_err_pid4711.log"));
    }

    @Test
    void memoryThatRanOutIsNoCrashNorIsAnyOtherFile() throws Exception {
        Files.writeString(
                dir.resolve("hs_err_pid1.log"),
                "#\n# There is insufficient memory for the Java Runtime Environment to continue.\n");
        Files.writeString(dir.resolve("hs_err_pid2.log.old"), FATAL);
        Files.writeString(dir.resolve("notes"), FATAL);

        assertThat(CrashFile.in(dir)).isEmpty();
    }

    @Test
    void oneThatCannotBeReadCountsAndADirectoryThatIsNotThereHasNone() throws Exception {
        Files.createDirectory(dir.resolve("hs_err_pid3.log"));

        assertThat(CrashFile.in(dir)).contains(dir.resolve("hs_err_pid3.log"));
        assertThat(CrashFile.in(dir.resolve("absent"))).isEmpty();
    }
}
