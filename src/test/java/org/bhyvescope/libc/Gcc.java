package org.bhyvescope.libc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Compiles C programs of the tests into {@code target/c}, each once. */
public final class Gcc {
    private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();
    private static final Path TARGET = Path.of("target/c").toAbsolutePath();

    private Gcc() {}

    /** A program made of files of {@code src/test/c}, or of libraries by their absolute paths. */
    public static Path program(String name, String... sources) {
        return compile(name, List.of("-pthread"), sources);
    }

    /** A shared library. */
    public static Path library(String name, String... sources) {
        return compile(name, List.of("-shared", "-fPIC", "-fvisibility=hidden", "-pthread"), sources);
    }

    private static synchronized Path compile(String name, List<String> options, String... sources) {
        Path output = TARGET.resolve(name);
        try {
            if (Files.exists(output) && Files.getLastModifiedTime(output).compareTo(newestSource()) > 0) {
                return output;
            }
            Files.createDirectories(TARGET);
            Path fresh = TARGET.resolve(name + "." + ProcessHandle.current().pid());
            List<String> command = new ArrayList<>(List.of("gcc", "-O2", "-Wall", "-Wextra", "-Werror"));
            command.addAll(options);
            command.addAll(List.of("-o", fresh.toString()));
            for (String source : sources) {
                command.add(SOURCES.resolve(source).toString());
            }
            Process gcc = new ProcessBuilder(command).inheritIO().start();
            if (gcc.waitFor() != 0) {
                throw new IllegalStateException("gcc could not compile " + List.of(sources));
            }
            // In one step: another JVM may be loading it.
            Files.move(fresh, output, StandardCopyOption.ATOMIC_MOVE);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FileTime newestSource() throws IOException {
        FileTime newest = FileTime.fromMillis(0);
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.toList()) {
                FileTime time = Files.getLastModifiedTime(file);
                newest = time.compareTo(newest) > 0 ? time : newest;
            }
        }
        return newest;
    }
}
