package org.bhyvescope.os;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Real /bin/sh programs that stand in for a host's, and what is needed to watch them. */
public final class Scripts {
    /** Far beyond what anything takes on an idle machine: the test machines are busy. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private Scripts() {}

    /** An executable script. */
    public static Path write(Path file, String body) {
        try {
            Files.writeString(file, "#!/bin/sh\n" + body);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A quick runner: the pace of the agent would make tests slow. */
    public static Children quickChildren() {
        return new Children(System::nanoTime, 100_000);
    }

    /** Waits until something holds; fails after {@link #PATIENCE}. */
    public static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("still not: " + what);
            }
            pause();
        }
    }

    /** The pid that a script wrote with {@code echo $$ >file}; waits for it. */
    public static long pid(Path file) {
        await("pid in " + file, () -> read(file).endsWith("\n"));
        return Long.parseLong(read(file).strip());
    }

    /** Waits until a process has ended; a zombie that only waits for its parent has. */
    public static void awaitEnd(long pid) {
        await("end of process " + pid, () -> !isRunning(pid));
    }

    public static boolean isRunning(long pid) {
        if (ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
            return !stat(pid).map(s -> s.matches("(?s).*\\) [ZX] .*")).orElse(false);
        }
        return false;
    }

    /** Linux: {@code /proc/PID/stat}. */
    private static Optional<String> stat(long pid) {
        try {
            return Optional.of(Files.readString(Path.of("/proc/" + pid + "/stat")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** A file's text; empty while it is not there. */
    public static String read(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
