package org.bhyvescope;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;

/**
 * The real outputs that lie outside of this repository. System property {@code bhyvescope.captures}, else environment
 * variable {@code BHYVESCOPE_CAPTURES}, else {@code ../shared/captures}; a test that needs one is skipped without.
 */
public final class Captures {
    private Captures() {}

    /** A file of the captures; skips the test if there are none here. */
    public static Path path(String name) {
        Path root = root();
        Assumptions.assumeTrue(Files.isDirectory(root), () -> "no captures at " + root.toAbsolutePath());
        return root.resolve(name);
    }

    /** The bytes of a file of the captures. */
    public static byte[] bytes(String name) {
        try {
            return Files.readAllBytes(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    private static Path root() {
        String environment = Objects.requireNonNullElse(System.getenv("BHYVESCOPE_CAPTURES"), "../shared/captures");
        return Path.of(Objects.requireNonNull(System.getProperty("bhyvescope.captures", environment)));
    }
}
