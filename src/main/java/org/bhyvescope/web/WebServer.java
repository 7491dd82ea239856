package org.bhyvescope.web;

import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.bhyvescope.sampling.Board;

/** Serves the board. A request never starts a reading and never waits for one. */
public final class WebServer implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int BACKLOG = 256;

    static {
        // Seconds; without them a client that sends or reads nothing keeps a thread for ever.
        setDefault("sun.net.httpserver.maxReqTime", "10");
        setDefault("sun.net.httpserver.maxRspTime", "30");
        setDefault("sun.net.httpserver.nodelay", "true");
        setDefault("sun.net.httpserver.maxIdleConnections", "32");
    }

    private final List<HttpServer> servers = new ArrayList<>();
    private final ThreadPoolExecutor threads;
    private boolean started;

    /** What the server shows. */
    public record Content(
            PrometheusRegistry registry,
            Supplier<Board> board,
            BooleanSupplier healthy,
            BooleanSupplier ready,
            String version,
            String telemetryPath) {}

    /** An address cannot be listened on. */
    public static final class BindException extends IOException {
        private static final long serialVersionUID = 1L;

        BindException(ListenAddress address, IOException cause) {
            super("cannot listen on " + address + ": " + cause.getMessage(), cause);
        }
    }

    /**
     * Binds all addresses; nothing is answered before {@link #start}.
     *
     * @throws BindException naming the address that could not be bound; none is bound then
     */
    public WebServer(List<ListenAddress> addresses, Content content) throws BindException {
        this.threads =
                new ThreadPoolExecutor(THREADS, THREADS, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "web");
                    thread.setDaemon(true);
                    return thread;
                });
        Router router = new Router(endpoints(content), this::waiting);
        for (ListenAddress address : addresses) {
            try {
                HttpServer server = HttpServer.create(address.resolve(), BACKLOG);
                server.createContext("/", router);
                server.setExecutor(threads);
                servers.add(server);
            } catch (IOException e) {
                close();
                throw new BindException(address, e);
            }
        }
    }

    private static Map<String, Endpoint> endpoints(Content content) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        endpoints.put(content.telemetryPath(), new MetricsEndpoint(content.registry()));
        endpoints.put(
                "/",
                exchange -> Answers.send(
                        exchange,
                        200,
                        Answers.HTML,
                        Page.of(content.board().get(), content.version(), content.telemetryPath())));
        endpoints.put("/-/healthy", health(content.healthy(), "Sampling has stopped; the log may say why."));
        endpoints.put("/-/ready", health(content.ready(), "Not every VM has been read once yet."));
        return endpoints;
    }

    private static Endpoint health(BooleanSupplier good, String otherwise) {
        return exchange -> {
            boolean fine = good.getAsBoolean();
            Answers.send(exchange, fine ? 200 : 503, Answers.TEXT, fine ? "OK\n" : otherwise + "\n");
        };
    }

    public synchronized void start() {
        started = true;
        servers.forEach(HttpServer::start);
    }

    /** The addresses that are bound, with the ports that were chosen for 0. */
    public List<InetSocketAddress> addresses() {
        return servers.stream().map(HttpServer::getAddress).toList();
    }

    /** Requests that wait for a thread. */
    int waiting() {
        return threads.getQueue().size();
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** Stops at once; answers in progress are cut. */
    @Override
    public synchronized void close() {
        if (!started) {
            // The JDK's server frees its port only by its own thread: one that never ran would keep it for ever.
            start();
        }
        servers.forEach(server -> server.stop(0));
        threads.shutdownNow();
    }
}
