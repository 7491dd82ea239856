package org.bhyvescope.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.os.Tools;

/**
 * The simulated host: a temporary directory with a look-alike bhyvectl, files in place of device nodes, and the moment
 * that the simulation counts from. One VM comes and goes; the rest of the world is a function of time in the look-alike.
 */
final class DemoHost implements AutoCloseable {
    static final long TSC_HZ = 3_000_000_000L;
    static final long HZ = 1000;

    private static final List<String> PROGRAM = List.of("bhyvectl", "model.awk", "state.awk");
    private static final List<String> RESIDENTS = List.of("linux-idle", "win-gpu", "bsd-reboot", "flaky", "off");
    private static final String VISITOR = "visitor";
    private static final int ATTEMPTS = 5;
    private static final long VISIT_MILLIS = 45_000;
    private static final long ABSENCE_MILLIS = 20_000;

    private final Path directory;
    private final Thread visits;

    private DemoHost() throws IOException {
        this.directory = Files.createTempDirectory("bhyvescope-demo");
        this.visits = new Thread(this::visit, "demo-visitor");
        visits.setDaemon(true);
    }

    /**
     * Sets one up.
     *
     * @param program the folder of the look-alike
     * @throws IOException naming the file, if a file is missing or cannot be written; nothing is left behind then
     */
    static DemoHost of(Path program, long nowMillis) throws IOException {
        DemoHost host = new DemoHost();
        try {
            host.fill(program, nowMillis);
            return host;
        } catch (IOException e) {
            host.close();
            throw e;
        }
    }

    private void fill(Path program, long nowMillis) throws IOException {
        for (String file : PROGRAM) {
            if (!Files.isReadable(program.resolve(file))) {
                throw new NoSuchFileException(program.resolve(file).toString());
            }
            Files.copy(program.resolve(file), directory.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Files.writeString(
                directory.resolve("epoch"), String.format(Locale.ROOT, "%d.%03d", nowMillis / 1000, nowMillis % 1000));
        Files.createDirectory(vmmDir());
        for (String vm : RESIDENTS) {
            Files.createFile(vmmDir().resolve(vm));
        }
        visits.start();
    }

    Path directory() {
        return directory;
    }

    /** As the agent is to see it. */
    Simulated simulated() {
        Tools tools = new Tools(Optional.of(directory));
        return new Simulated(
                new HostFacts(OptionalLong.of(TSC_HZ), OptionalLong.of(HZ), OptionalLong.empty()),
                tools,
                children -> HostParts.of(tools, children));
    }

    Path bhyvectl() {
        return directory.resolve(PROGRAM.get(0));
    }

    Path vmmDir() {
        return directory.resolve("vmm");
    }

    private void visit() {
        Path node = vmmDir().resolve(VISITOR);
        try {
            while (true) {
                Files.createFile(node);
                Thread.sleep(VISIT_MILLIS);
                Files.deleteIfExists(node);
                Thread.sleep(ABSENCE_MILLIS);
            }
        } catch (InterruptedException | IOException e) {
            // The demo ends, or somebody removed its directory: the visitor stays away.
        }
    }

    /** Removes everything; tries again if somebody is still writing. */
    @Override
    public void close() {
        visits.interrupt();
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(directory); attempt++) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException | UncheckedIOException e) {
                // A file came or went under the walk: once more. What is left in the end is a temporary directory.
            }
        }
    }
}
