package org.bhyvescope.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's node exporter with its textfile collector and no other. */
final class NodeExporter implements AutoCloseable {
    static final Path PROGRAM = Path.of("/usr/bin/prometheus-node-exporter");
    private static final int TRIES = 200;

    private final Process process;
    private final Http http;

    NodeExporter(Path directory) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        this.process = new ProcessBuilder(
                        PROGRAM.toString(),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--web.disable-exporter-metrics",
                        "--collector.disable-defaults",
                        "--collector.textfile",
                        "--collector.textfile.directory=" + directory)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .start();
        this.http = new Http(port);
        for (int i = 0; ; i++) {
            try {
                http.text();
                return;
            } catch (IOException e) {
                if (i == TRIES) {
                    close();
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    static boolean isInstalled() {
        return Files.isExecutable(PROGRAM);
    }

    Http http() {
        return http;
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
