package org.bhyvescope.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** A directory that the test's look-alike bhyvectl takes for a host. */
final class TestHost {
    static final long TSC_HZ = 2_000_000_000L;
    static final long HZ = 1000;

    private final Path directory;

    TestHost(Path directory, List<String> vms) throws IOException {
        this.directory = directory;
        Path program = directory.resolve("bhyvectl");
        try (InputStream in = Objects.requireNonNull(TestHost.class.getResourceAsStream("bhyvectl"))) {
            Files.copy(in, program);
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        write("epoch", seconds(System.currentTimeMillis() - 1_000_000));
        Files.createDirectory(directory.resolve("vmm"));
        for (String vm : vms) {
            Files.createFile(directory.resolve("vmm").resolve(vm));
        }
    }

    /** The flags that point the agent here. */
    List<String> flags() {
        return List.of(
                "--bhyvectl.path=" + directory.resolve("bhyvectl"),
                "--vmm.dir=" + directory.resolve("vmm"),
                "--host.tsc-frequency=" + TSC_HZ,
                "--host.hz=" + HZ);
    }

    /** Stops the counters at this moment. */
    void freeze() throws IOException {
        write("clock", seconds(System.currentTimeMillis()));
    }

    /** Between these moments (ms since 1970) vCPU 0 of every VM has 50,000 more exits a second. */
    void storm(long fromMillis, long untilMillis) throws IOException {
        write("storm", seconds(fromMillis) + " " + seconds(untilMillis));
    }

    /** From now on bhyvectl does not answer for this VM. */
    void hang(String vm) throws IOException {
        write("hang", vm);
    }

    /** Every command line so far. */
    List<String> commandLines() throws IOException {
        return Files.readAllLines(directory.resolve("argv.log"));
    }

    Path directory() {
        return directory;
    }

    private void write(String file, String text) throws IOException {
        Path temporary = directory.resolve(file + ".new");
        Files.writeString(temporary, text);
        Files.move(temporary, directory.resolve(file), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%d.%03d", millis / 1000, millis % 1000);
    }
}
