package org.bhyvescope.os;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the programs of the base system are that are run to look at the host.
 *
 * @param directory holds all of them, in place of FreeBSD's directories: for tests and the simulated host
 */
public record Tools(Optional<Path> directory) {
    private static final String PROPERTY = "bhyvescope.tools";

    /** A program, and where FreeBSD has it. */
    public enum Tool {
        DMESG("/sbin/dmesg"),
        PCICONF("/usr/sbin/pciconf"),
        PROCSTAT("/usr/bin/procstat"),
        PS("/bin/ps"),
        SYSCTL("/sbin/sysctl"),
        VMSTAT("/usr/bin/vmstat");

        private final Path path;

        Tool(String path) {
            this.path = Path.of(path);
        }
    }

    /** Those of this host, or of the directory that the system property {@code bhyvescope.tools} names. */
    public static Tools ofThisHost() {
        return new Tools(Optional.ofNullable(System.getProperty(PROPERTY)).map(Path::of));
    }

    /** Where a program is, or would be. */
    public Path path(Tool tool) {
        return directory
                .map(d -> d.resolve(String.valueOf(tool.path.getFileName())))
                .orElse(tool.path);
    }
}
