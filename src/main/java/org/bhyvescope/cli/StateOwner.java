package org.bhyvescope.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.bhyvescope.os.Root;

/** Whose the state directory is. It belongs to the user that the agent runs as, who need not be root. */
final class StateOwner {
    private static final int OTHERS_WRITE = 0022;

    private StateOwner() {}

    /**
     * Why root must not write into a state directory: whoever else can write there can aim what root writes at any file, by a
     * link. Empty if it may, if there is none yet, or if it cannot be told.
     */
    static Optional<String> unsafeForRoot(Path directory) {
        try {
            int owner = number(directory, "unix:uid");
            if (owner != 0) {
                return Optional.of(
                        "belongs to user " + owner + ", who could aim what root writes there at any file. Run this "
                                + "as that user (su -m USER -c ...), or look at what is in it and chown -R it to root");
            }
            return (number(directory, "unix:mode") & OTHERS_WRITE) == 0
                    ? Optional.empty()
                    : Optional.of("can be written by other users: chmod go-w");
        } catch (IOException | UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** The same as a problem of the flag, if this is root: for commands that write there. */
    static void judge(Path directory, Problems problems) {
        if (Root.isThisUser()) {
            unsafeForRoot(directory).ifPresent(why -> problems.add("--state-dir", directory.toString(), why));
        }
    }

    private static int number(Path directory, String attribute) throws IOException {
        return (int) Objects.requireNonNull(Files.getAttribute(directory, attribute));
    }
}
