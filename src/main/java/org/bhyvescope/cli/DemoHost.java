package org.bhyvescope.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.Sysctl;
import org.bhyvescope.os.Tools;

/**
 * The simulated host: a temporary directory with look-alikes of bhyvectl, ps and others, files in place of device nodes and
 * processes, and the moment that the simulation counts from. All of its world is a function of the time since then.
 */
final class DemoHost implements AutoCloseable {
    /** The look-alikes, their parts, and what does not change of what they tell. */
    private static final List<String> PROGRAM = List.of(
            "bhyvectl",
            "model.awk",
            "state.awk",
            "ps",
            "procstat",
            "pciconf",
            "ppt",
            "vmstat",
            "interrupts.awk",
            "interrupts",
            "sysctl",
            "sysctls",
            "dmesg",
            "messages");

    private static final int ATTEMPTS = 5;
    private static final long TICK_MILLIS = 100;

    private final Path directory;
    private final DemoProcesses processes;
    private final Thread thread;

    private DemoHost(long nowMillis) throws IOException {
        this.directory = Files.createTempDirectory("bhyvescope-demo");
        this.processes = new DemoProcesses(directory, nowMillis);
        this.thread = new Thread(this::run, "demo-host");
        thread.setDaemon(true);
    }

    /**
     * Sets one up.
     *
     * @param program the folder of the look-alikes
     * @throws IOException naming the file, if a file is missing or cannot be written; nothing is left behind then
     */
    static DemoHost of(Path program, long nowMillis) throws IOException {
        DemoHost host = new DemoHost(nowMillis);
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
        // An installed file may be for reading only.
        Files.setPosixFilePermissions(directory.resolve("messages"), PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(directory.resolve("epoch"), DemoVm.seconds(nowMillis));
        processes.start();
        thread.start();
    }

    Path directory() {
        return directory;
    }

    /** As the agent is to see it. */
    Simulated simulated() throws IOException {
        // As sysctl prints them.
        String sysctls = Files.readString(directory.resolve("sysctls")).replaceAll("(?m)^(\\S+) ", "$1: ");
        Tools tools = new Tools(Optional.of(directory));
        Iommu iommu = Sysctl.parseIommu(sysctls);
        return new Simulated(Sysctl.parse(sysctls), tools, children -> {
            HostSources sources = HostParts.of(tools, children);
            return new HostSources(
                    sources.processes(),
                    processes.exits(),
                    sources.devices(),
                    sources.interrupts(),
                    () -> iommu,
                    sources.configuration());
        });
    }

    Path bhyvectl() {
        return directory.resolve(PROGRAM.get(0));
    }

    Path vmmDir() {
        return processes.vmmDir();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(TICK_MILLIS);
                processes.update(System.currentTimeMillis());
            }
        } catch (InterruptedException | IOException e) {
            // The demo ends, or somebody removed its directory: nothing changes any more.
        }
    }

    /** Removes everything; tries again if somebody is still writing. */
    @Override
    public void close() {
        thread.interrupt();
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
