package org.bhyvescope.cli;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A Prometheus beside the demo, if one is installed: scrapes every 5 s, keeps its data in the demo's directory. */
final class DemoPrometheus implements AutoCloseable {
    private static final int USUAL_PORT = 9090;
    private static final long STOP_SECONDS = 2;

    private final Process process;
    private final int port;

    private DemoPrometheus(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Where the program is; empty if it is not installed. */
    static Optional<Path> find() {
        String path = System.getenv("PATH");
        for (String folder : (path == null ? "" : path).split(File.pathSeparator, -1)) {
            Path program = Path.of(folder, "prometheus");
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return Optional.of(program);
            }
        }
        return Optional.empty();
    }

    /** Starts it on its usual port, or on a free one if that is taken. */
    static DemoPrometheus start(Path program, Path directory, String target, String telemetryPath) throws IOException {
        Path folder = Files.createDirectory(directory.resolve("prometheus"));
        Path config = folder.resolve("prometheus.yml");
        Files.writeString(config, """
                global:
                  scrape_interval: 5s
                scrape_configs:
                  - job_name: bhyvescope
                    metrics_path: %s
                    static_configs:
                      - targets: ['%s']
                """.formatted(telemetryPath, target));
        int port = freePort();
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        process.getOutputStream().close();
        return new DemoPrometheus(process, port);
    }

    private static int freePort() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket usual = new ServerSocket(USUAL_PORT, 1, loopback)) {
            return usual.getLocalPort();
        } catch (IOException taken) {
            try (ServerSocket any = new ServerSocket(0, 1, loopback)) {
                return any.getLocalPort();
            }
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
