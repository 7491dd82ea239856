package org.bhyvescope.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The version of what lies in the state directory: a file {@code version} with a number, written once. It grows when an
 * older bhyvescope would misread, or spoil, what a newer one keeps there.
 */
final class StateVersion {
    static final String FILE = "version";
    static final int KNOWN = 1;

    private static final int LONGEST = 9;

    private StateVersion() {}

    /** Why this program must leave a state directory alone; empty if it may use it, or if there is none yet. */
    static Optional<String> problem(Path directory) {
        String text;
        try {
            Path file = directory.resolve(FILE);
            if (Files.size(file) > LONGEST + 1) {
                return Optional.of(unknown(file));
            }
            text = Files.readString(file).strip();
        } catch (IOException e) {
            return Optional.empty(); // a directory of before there were versions, or not this user's: writing will tell
        }
        if (!text.matches("[1-9][0-9]{0," + (LONGEST - 1) + "}")) {
            return Optional.of(unknown(directory.resolve(FILE)));
        }
        return Integer.parseInt(text) <= KNOWN
                ? Optional.empty()
                : Optional.of("was written by a newer bhyvescope (version " + text + " of its files; this one knows "
                        + KNOWN + "). Nothing in it was touched. Install that bhyvescope again, or name another "
                        + "directory, or move this one away");
    }

    private static String unknown(Path file) {
        return "has a file " + file
                + " that holds no version. Nothing in it was touched. Is it bhyvescope's directory?";
    }

    /** Writes the version into a directory that has none. */
    static void write(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        if (Files.exists(file)) {
            return;
        }
        Path whole =
                directory.resolve("." + FILE + "-" + ProcessHandle.current().pid());
        Files.writeString(whole, KNOWN + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
