package org.bhyvescope.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A directory with a look-alike bhyvectl, compiled now, and the nodes of VMs. */
final class LookalikeHost {
    private static final Path SOURCES = Path.of("src/test/c").toAbsolutePath();

    private final Path directory;

    /** @param vms names that begin with their number of vCPUs */
    LookalikeHost(Path directory, List<String> vms) throws IOException, InterruptedException {
        this.directory = directory;
        List<String> rows = SimulatedBoard.rows().stream()
                .map(line -> line.split("\t", -1))
                .map(row -> "ROW(\"" + row[0].strip() + "\", " + row[1] + "L)")
                .toList();
        Files.write(directory.resolve("rows.h"), rows);
        compile("lookalike.c", "bhyvectl");
        Files.createDirectory(vmmDir());
        for (String vm : vms) {
            Files.createFile(vmmDir().resolve(vm));
        }
    }

    /** VMs of 16 vCPUs. */
    static List<String> big(int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add("16-vcpus-" + i);
        }
        return names;
    }

    Path bhyvectl() {
        return directory.resolve("bhyvectl");
    }

    Path vmmDir() {
        return directory.resolve("vmm");
    }

    /** Compiles a program of src/test/c. */
    Path compile(String source, String name) throws IOException, InterruptedException {
        Path program = directory.resolve(name);
        Process gcc = new ProcessBuilder(
                        "gcc",
                        "-O2",
                        "-I" + directory,
                        "-o",
                        program.toString(),
                        SOURCES.resolve(source).toString())
                .redirectError(Redirect.INHERIT)
                .start();
        if (gcc.waitFor() != 0) {
            throw new IOException("gcc could not compile " + source);
        }
        return program;
    }

    /** Starts the real agent here. */
    Process agent(int port, String javaOptions) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Launched.LAUNCHER.toString(),
                        "agent",
                        "--web.listen-address=127.0.0.1:" + port,
                        "--bhyvectl.path=" + bhyvectl(),
                        "--vmm.dir=" + vmmDir(),
                        "--host.tsc-frequency=3000000000",
                        "--host.hz=1000",
                        "--state-dir=" + directory.resolve("state"),
                        "--log.level=error")
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT);
        builder.environment().put("BHYVESCOPE_JAVA_OPTS", javaOptions);
        return builder.start();
    }
}
