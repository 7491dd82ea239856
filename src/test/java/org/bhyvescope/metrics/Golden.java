package org.bhyvescope.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files that hold what the code makes: compared, or written anew with {@code -Dbhyvescope.golden=write}. */
public final class Golden {
    private Golden() {}

    /** Compares what was made with the file, or writes the file. */
    public static void check(Path file, String made) throws IOException {
        if (System.getProperty("bhyvescope.golden", "compare").equals("write")) {
            Files.writeString(file, made);
        }
        assertThat(made)
                .as("%s; if the change is meant: make golden, and look at the difference", file)
                .isEqualTo(Files.readString(file));
    }
}
