package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** The files that {@code bhyve -k} names. */
public final class ConfigFile {
    /** A configuration has a line for each setting of each device. */
    static final int MAX_BYTES = 64 * 1024;

    private ConfigFile() {}

    /**
     * The text of one. Empty if it cannot be read, is no regular file or larger than 64 KiB, or if its path is relative to bhyve's
     * directory, which nobody knows here.
     */
    public static Optional<String> read(String path) {
        try {
            Path file = Path.of(path);
            if (!file.isAbsolute() || !Files.isRegularFile(file)) {
                return Optional.empty();
            }
            try (InputStream in = Files.newInputStream(file)) {
                byte[] text = in.readNBytes(MAX_BYTES + 1);
                return text.length > MAX_BYTES ? Optional.empty() : Optional.of(new String(text, UTF_8));
            }
        } catch (IOException | InvalidPathException e) {
            return Optional.empty();
        }
    }
}
