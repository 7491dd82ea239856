package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What the JVM leaves when it crashes in native code: the launcher has it written into the state directory. Nothing is left
 * by kill -9 or a power loss.
 */
final class CrashFile {
    /** As in the launcher. */
    private static final String PATTERN = "hs_err_pid*.log";

    /** The JVM also writes such a file when memory runs out, which is no crash. */
    private static final String FATAL = "A fatal error has been detected by the Java Runtime Environment";

    private static final int HEAD = 512;

    private CrashFile() {}

    /** Where a reader's JVM is to write it: always the same file, since readers come and go. */
    static String ofReaders(Path directory) {
        return directory.resolve("hs_err_pid_of_reader.log").toString();
    }

    /** The first one by name in a directory; empty if there is none, or no such directory. */
    static Optional<Path> in(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PATTERN)) {
            files.forEach(found::add);
        } catch (IOException | DirectoryIteratorException e) {
            return Optional.empty();
        }
        return found.stream()
                .sorted(Comparator.naturalOrder())
                .filter(CrashFile::isFatal)
                .findFirst();
    }

    /** One that cannot be read counts: better too careful. */
    private static boolean isFatal(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(HEAD), ISO_8859_1).contains(FATAL);
        } catch (IOException e) {
            return true;
        }
    }
}
