package org.bhyvescope.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
        this(directory, "bhyvectl", vms);
    }

    /** A host whose bhyvectl misbehaves; the VMs' names say how. */
    static TestHost hostile(Path directory, List<String> vms) throws IOException {
        return new TestHost(directory, "hostile-bhyvectl", vms);
    }

    /** A host whose bhyvectl knows --get-all; the VMs' names say how it goes. */
    static TestHost withStates(Path directory, List<String> vms) throws IOException {
        return new TestHost(directory, "state-bhyvectl", vms);
    }

    private TestHost(Path directory, String lookAlike, List<String> vms) throws IOException {
        this.directory = directory;
        Path program = directory.resolve("bhyvectl");
        try (InputStream in = Objects.requireNonNull(TestHost.class.getResourceAsStream(lookAlike), lookAlike)) {
            Files.copy(in, program);
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        write("epoch", seconds(System.currentTimeMillis() - 1_000_000));
        Files.createDirectory(directory.resolve("vmm"));
        Files.createDirectory(directory.resolve("say"));
        for (String vm : vms) {
            create(vm);
        }
    }

    /** Creates a VM's node. */
    void create(String vm) throws IOException {
        Files.createFile(directory.resolve("vmm").resolve(vm));
    }

    /** Destroys a VM's node. */
    void destroy(String vm) throws IOException {
        Files.delete(directory.resolve("vmm").resolve(vm));
    }

    /** What a scripted VM's active set is from now on, as bhyvectl writes it. */
    void active(String vm, String set) throws IOException {
        write("say/" + vm + ".sets", "active cpus:\t " + set + "\nsuspended cpus:\t (none)\n");
    }

    /** What a scripted VM's vCPU says from now on: the same number for the total and for hlt. */
    void exits(String vm, int vcpu, String number) throws IOException {
        says(vm, vcpu, number, "0");
    }

    /** What a scripted VM's vCPU says from now on: how often somebody asked it to stand still. */
    void idleRequests(String vm, int vcpu, int number) throws IOException {
        says(vm, vcpu, "1000", Integer.toString(number));
    }

    private void says(String vm, int vcpu, String exits, String idleRequests) throws IOException {
        String line = "%-40s\t%s\n";
        write(
                "say/" + vm + "." + vcpu,
                "vcpu" + vcpu + " stats:\n"
                        + String.format(Locale.ROOT, line, "total number of vm exits", exits)
                        + String.format(Locale.ROOT, line, "number of times hlt was intercepted", exits)
                        + String.format(Locale.ROOT, line, "number of times idle requested at exit", idleRequests)
                        + String.format(Locale.ROOT, line, "VM exits during event delivery", "0"));
    }

    /** The flags that point the agent here. */
    List<String> flags() {
        return List.of(
                "--bhyvectl.path=" + directory.resolve("bhyvectl"),
                "--vmm.dir=" + directory.resolve("vmm"),
                "--host.tsc-frequency=" + TSC_HZ,
                "--host.hz=" + HZ,
                "--state-dir=" + directory.resolve("state-dir"));
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
        Files.move(temporary, directory.resolve(file), StandardCopyOption.ATOMIC_MOVE);
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%d.%03d", millis / 1000, millis % 1000);
    }
}
