package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.libc.OtherVmm;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.bhyvescope.os.Scripts;

/** A host with a look-alike of the kernel module that readers' processes call, and a source that has such readers. */
public final class ReaderHost implements AutoCloseable {
    public static final Instant NOW = Instant.parse("2026-11-24T00:00:00.250Z");

    public final OtherVmm kernel;
    final VmDirectory directory;
    public final Children children;
    public final VmmdevApart source;
    private final Path nodes;

    private ReaderHost(Path dir, boolean locks, String... script) throws IOException {
        this.kernel = OtherVmm.in(Files.createDirectory(dir.resolve("libc")), script);
        this.nodes = Files.createDirectory(dir.resolve("vmm"));
        this.directory = new VmDirectory(nodes, name -> true);
        this.children = Scripts.quickChildren();
        this.source = new VmmdevApart(
                directory, children, command(kernel, nodes), InstantSource.fixed(NOW), System::nanoTime, locks);
    }

    /** A host as the script says; of a VM in it there must be a node, too. */
    public static ReaderHost in(Path dir, String... script) throws IOException {
        return new ReaderHost(dir, List.of(script).contains("release 15"), script);
    }

    /** A real reader, on the look-alike. */
    static Command command(OtherVmm kernel, Path nodes) {
        return Command.reader(
                new ReaderJvm(
                        Path.of(System.getProperty("java.home"), "bin", "java"),
                        System.getProperty("java.class.path"),
                        List.of("bhyvescope.libc=" + kernel.library()),
                        Optional.empty()),
                nodes);
    }

    public VmId node(String name) {
        try {
            Files.createFile(nodes.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory.identify(name).orElseThrow();
    }

    public void removeNode(String name) throws IOException {
        Files.delete(nodes.resolve(name));
    }

    Reading read(VmId vm, Duration time) throws InterruptedException {
        return source.read(vm, Allowance.of(time));
    }

    public Snapshot snapshot(VmId vm) throws InterruptedException {
        Reading reading = read(vm, Scripts.PATIENCE);
        assertThat(reading).isInstanceOf(Snapshot.class);
        return (Snapshot) reading;
    }

    Failure failure(VmId vm, Duration time) throws InterruptedException {
        Reading reading = read(vm, time);
        assertThat(reading).isInstanceOf(Failure.class);
        return (Failure) reading;
    }

    StateReading readState(VmId vm, int vcpu, Duration time) throws InterruptedException {
        return source.readState(vm, vcpu, Allowance.of(time));
    }

    public VcpuState state(VmId vm, int vcpu) throws InterruptedException {
        StateReading reading = readState(vm, vcpu, Scripts.PATIENCE);
        assertThat(reading).isInstanceOf(VcpuState.class);
        return (VcpuState) reading;
    }

    /** Lines of the kernel's log about a call. */
    public List<String> calls(String call) throws IOException {
        return kernel.log().stream().filter(line -> line.contains(call)).toList();
    }

    /** Readers' processes that are there, by their pids. */
    static List<Long> processes(OtherVmm kernel) {
        return ProcessHandle.current()
                .children()
                .filter(p -> commandLine(p.pid()).contains(kernel.library().toString()))
                .map(ProcessHandle::pid)
                .filter(Scripts::isRunning)
                .toList();
    }

    /** Empty for one that ends meanwhile. */
    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
        } catch (IOException e) {
            return "";
        }
    }

    public List<Long> processes() {
        return processes(kernel);
    }

    @Override
    public void close() throws IOException {
        source.close();
        children.close();
        assertThat(calls("VIOLATION")).isEmpty();
    }
}
