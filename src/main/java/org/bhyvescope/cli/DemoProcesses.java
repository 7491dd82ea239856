package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bhyvescope.cli.DemoVm.Run;
import org.bhyvescope.host.ProcessExits;

/**
 * Lets the bhyve processes of the simulated host begin and end: their files, their VMs' device nodes, the kernel's word about those
 * that a signal ended. {@link #update} is called by one thread.
 */
final class DemoProcesses {
    private static final int SIGNAL = 0x7f;
    private static final int CORE = 0x80;

    /** Signals that the kernel logs: those whose default is a core. */
    private static final List<Integer> LOGGED = List.of(6, 11);

    private final Path directory;
    private final long epochMillis;
    private final Map<Integer, Alive> alive = new ConcurrentHashMap<>();
    private final List<DemoExits> exits = new CopyOnWriteArrayList<>();

    /** A process, and what its file says. */
    private record Alive(Run run, String file) {}

    /**
     * @param directory of the host
     * @param epochMillis its start, since 1970
     */
    DemoProcesses(Path directory, long epochMillis) {
        this.directory = directory;
        this.epochMillis = epochMillis;
    }

    Path vmmDir() {
        return directory.resolve("vmm");
    }

    /** A new one, which the agent closes. */
    ProcessExits exits() {
        DemoExits added = new DemoExits(alive::containsKey);
        exits.add(added);
        return added;
    }

    /** Makes the nodes of the VMs that outlive their processes, and all that is there at the start. */
    void start() throws IOException {
        Files.createDirectory(vmmDir());
        Files.createDirectory(processes());
        Files.createFile(vmmDir().resolve(DemoVm.OFF));
        for (DemoVm vm : DemoVm.ALL) {
            if (!vm.fresh()) {
                Files.createFile(vmmDir().resolve(vm.name()));
            }
        }
        update(epochMillis);
    }

    /** Makes it as it is at a time, in ms since 1970. */
    void update(long nowMillis) throws IOException {
        long millis = nowMillis - epochMillis;
        Map<Integer, Run> runs = new TreeMap<>();
        for (DemoVm vm : DemoVm.ALL) {
            Optional<Run> run = vm.at(millis);
            run.ifPresent(r -> runs.put(r.pid(), r));
        }
        for (Alive each : List.copyOf(alive.values())) {
            if (!runs.containsKey(each.run().pid())) {
                end(each.run());
            }
        }
        for (Run run : runs.values()) {
            Alive before = alive.get(run.pid());
            String file = run.file(epochMillis, millis);
            if (before == null && run.vm().fresh()) {
                // The guest's counters begin with it.
                write(vmmDir().resolve(run.vm().name()), DemoVm.seconds(epochMillis + run.startMillis()) + "\n");
            }
            if (before == null || !before.file().equals(file)) {
                alive.put(run.pid(), new Alive(run, file));
                write(processes().resolve(Integer.toString(run.pid())), file);
            }
        }
    }

    private void end(Run run) throws IOException {
        Files.deleteIfExists(processes().resolve(Integer.toString(run.pid())));
        if (run.vm().fresh()) {
            Files.deleteIfExists(vmmDir().resolve(run.vm().name()));
        }
        int signal = run.waitStatus() & SIGNAL;
        if (LOGGED.contains(signal)) {
            String core = (run.waitStatus() & CORE) == 0 ? "" : " (core dumped)";
            String line = "pid " + run.pid() + " (bhyve), jid 0, uid 0: exited on signal " + signal + core + "\n";
            Files.writeString(
                    directory.resolve("messages"), line, UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        alive.remove(run.pid());
        exits.forEach(each -> each.ended(run.pid(), run.waitStatus()));
    }

    /** Whole or not at all: others read at any time. */
    private void write(Path file, String text) throws IOException {
        Path unfinished = directory.resolve("unfinished");
        Files.writeString(unfinished, text, UTF_8);
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private Path processes() {
        return directory.resolve("processes");
    }
}
