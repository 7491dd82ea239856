package org.bhyvescope.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The check of dashboards against Grafana's schema and a live Prometheus, beside the project; made ready under target. */
final class DashboardCheck {
    private static final Path TOOL = Program.PROJECT.resolveSibling("shared/tools/dashboard-check");
    private static final Path COPY = Program.PROJECT.resolve("target/dashboard-check");
    private static final Path INSTALLED = COPY.resolve("installed.json");
    private static final Duration INSTALLING = Duration.ofMinutes(5);
    private static final Duration CHECKING = Duration.ofMinutes(3);

    private DashboardCheck() {}

    static boolean isHere() {
        return Prometheus.find("node").isPresent() && Prometheus.find("npm").isPresent() && Files.isDirectory(TOOL);
    }

    /**
     * Checks files, strictly.
     *
     * @param options more of them
     * @return what it says, if it finds fault with something; else empty
     */
    static String faults(Path directory, List<Path> files, String prometheus, List<String> options) throws Exception {
        install(directory);
        List<String> command =
                new ArrayList<>(List.of("node", COPY.resolve("check.mjs").toString()));
        files.forEach(file -> command.add(file.toString()));
        command.addAll(List.of("--prometheus", prometheus, "--scrape-interval", "1s", "--strict", "--quiet"));
        command.addAll(options);
        try (Program check = Program.startOther(directory, command)) {
            return check.exitCode(CHECKING) == 0 ? "" : check.out() + check.err();
        }
    }

    /** Fetches what it needs, unless that is there as its lock file has it. */
    private static void install(Path directory) throws Exception {
        Path lock = TOOL.resolve("package-lock.json");
        boolean installed = Files.exists(INSTALLED) && Files.mismatch(lock, INSTALLED) < 0;
        copy();
        if (!installed) {
            List<String> command =
                    List.of("npm", "ci", "--prefix", COPY.toString(), "--ignore-scripts", "--no-audit", "--no-fund");
            try (Program npm = Program.startOther(directory, command)) {
                if (npm.exitCode(INSTALLING) != 0) {
                    throw new IOException(npm.out() + npm.err());
                }
            }
            Files.copy(lock, INSTALLED, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void copy() throws IOException {
        try (Stream<Path> files = Files.walk(TOOL)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path to = COPY.resolve(TOOL.relativize(file).toString());
                Files.createDirectories(to.getParent());
                Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
