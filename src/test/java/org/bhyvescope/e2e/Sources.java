package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A copy of what {@code make install} needs, where nobody may read it: the project itself may lie in root's home. */
final class Sources {
    private static final String ARCHIVE = "share/java/bhyvescope/bhyvescope.jsa";

    private final Path directory;

    /** Makes the copy in a new directory. */
    Sources(Path directory) throws Exception {
        this.directory = Files.createDirectory(directory);
        GateStand.run(
                Program.PROJECT,
                "sh",
                "-euc",
                "mkdir $1/src $1/target; cp -R Makefile *.md LICENSE agent rc.d dashboards docs $1; cp -R src/demo $1/src;"
                        + " cp -R target/bhyvescope.jar target/lib $1/target; chmod -R go+rX $1",
                "sh",
                directory.toString());
    }

    /** What {@code make} is to do; a make that runs the tests must not tell its own variables to this one. */
    static String[] make(String goal, Path prefix, String... more) {
        List<String> line = new ArrayList<>(List.of("env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "-u", "MFLAGS"));
        line.addAll(List.of("HOME=/nonexistent", "make", "-s", goal, "PREFIX=" + prefix));
        line.addAll(List.of(more));
        return line.toArray(String[]::new);
    }

    /** Runs a program here. */
    void run(List<String> command) throws Exception {
        GateStand.run(directory, command);
    }

    /** Installs, and installs again: in silence, and the second time brings and takes no file, and changes no mode. */
    void installTwice(Path root, List<String> install, List<String> again) throws Exception {
        assertThat(GateStand.run(directory, install)).isEmpty();
        Map<String, String> first = tree(root);
        assertThat(first).hasSizeGreaterThan(50).containsEntry("bin/bhyvescope", "rwxr-xr-x");
        assertThat(GateStand.run(directory, again)).isEmpty();
        Map<String, String> second = tree(root);
        second.remove(ARCHIVE);
        assertThat(second).isEqualTo(first);
    }

    /** All below a directory, with its mode. */
    static Map<String, String> tree(Path root) throws Exception {
        Map<String, String> modes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(each -> !each.equals(root)).toList()) {
                modes.put(
                        root.relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
        return modes;
    }
}
