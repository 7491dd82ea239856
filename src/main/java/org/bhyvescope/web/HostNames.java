package org.bhyvescope.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Keeps the DNS out. The JDK's HTTPS server asks the resolver for the name of each client and waits for it, so while the DNS is dead no
 * client would be served but those in the hosts file. The JVM can look into that file only, if it is told before it looks up its first
 * address.
 */
public final class HostNames {
    private static final String PROPERTY = "jdk.net.hosts.file";
    private static final Path HOSTS = Path.of("/etc/hosts");

    /** In bytes. The JVM reads the file for each connection; lists of advertisers make some files large. */
    private static final long LARGE = 64 * 1024;

    private HostNames() {}

    /**
     * From now on names are those of the hosts file; not if somebody needs others.
     *
     * @param addresses where the server listens: their names may be the DNS'
     * @param logbackFile whether Logback has a file of the user's, which may name hosts
     */
    public static void ofHostsFile(List<ListenAddress> addresses, boolean logbackFile) {
        if (!logbackFile && isSmall(HOSTS) && addresses.stream().noneMatch(ListenAddress::isName)) {
            WebServer.setDefault(PROPERTY, HOSTS.toString());
        }
    }

    private static boolean isSmall(Path file) {
        try {
            return Files.isReadable(file) && Files.size(file) < LARGE;
        } catch (IOException e) {
            return false;
        }
    }
}
