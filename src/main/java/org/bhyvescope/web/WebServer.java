package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.bhyvescope.sampling.Board;

/** Serves the board. A request never starts a reading and never waits for one. */
public final class WebServer implements AutoCloseable {
    private static final int BACKLOG = 256;
    private static final int CONNECTIONS = 128;
    private static final int KEPT_THREADS = 2;
    private static final int SPARE_THREAD_SECONDS = 10;

    /** In bytes: a thread that reads a request needs little. */
    private static final int STACK = 256 * 1024;

    static {
        // Seconds, twice those of Deadlines, which come first. The first one is also how long a connection may be
        // open on which nothing was ever sent.
        setDefault("sun.net.httpserver.maxReqTime", "20");
        setDefault("sun.net.httpserver.maxRspTime", "60");
        setDefault("sun.net.httpserver.idleInterval", "30");
        // Milliseconds: how often it looks for idle connections.
        setDefault("sun.net.httpserver.clockTick", "1000");
        setDefault("sun.net.httpserver.nodelay", "true");
        setDefault("sun.net.httpserver.maxIdleConnections", "32");
        // Of each address. More are closed at once.
        setDefault("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS));
        // Request line and headers together, in characters, with 32 for each header.
        setDefault("sun.net.httpserver.maxReqHeaderSize", "16384");
        setDefault("sun.net.httpserver.maxReqHeaders", "64");
    }

    private final List<HttpServer> servers = new ArrayList<>();
    private final Load load = new Load();
    private final ThreadPoolExecutor threads;
    private final ScheduledThreadPoolExecutor timer;
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

    /** As {@link #WebServer(List, Content, Optional)}: plain HTTP, for everybody. */
    public WebServer(List<ListenAddress> addresses, Content content) throws BindException {
        this(addresses, content, Optional.empty());
    }

    /**
     * Binds all addresses; nothing is answered before {@link #start}.
     *
     * @param security TLS and users; without it plain HTTP, for everybody
     * @throws BindException naming the address that could not be bound; none is bound then
     */
    public WebServer(List<ListenAddress> addresses, Content content, Optional<WebSecurity> security)
            throws BindException {
        this(addresses, content, security, Deadlines.Limits.USUAL);
    }

    WebServer(List<ListenAddress> addresses, Content content, Optional<WebSecurity> security, Deadlines.Limits limits)
            throws BindException {
        // A thread for each connection on which a request is under way, since the JDK's server reads requests, and does
        // handshakes, on these threads: with fewer, slow clients would keep all of them.
        this.threads = new ThreadPoolExecutor(
                KEPT_THREADS,
                CONNECTIONS * addresses.size() + KEPT_THREADS,
                SPARE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                daemons("web"));
        this.timer = new ScheduledThreadPoolExecutor(1, daemons("web-deadlines"));
        timer.setRemoveOnCancelPolicy(true);
        Deadlines deadlines = new Deadlines(timer, limits);
        Router router = new Router(
                endpoints(content),
                () -> security.flatMap(WebSecurity::auth),
                exchange -> security.isPresent() && security.get().isOld(exchange),
                deadlines::answering);
        for (ListenAddress address : addresses) {
            try {
                HttpServer server = security.isPresent()
                        ? security.get().server(address.resolve(), BACKLOG)
                        : HttpServer.create(address.resolve(), BACKLOG);
                server.createContext("/", router);
                server.setExecutor(task -> threads.execute(deadlines.watched(task)));
                servers.add(server);
            } catch (IOException e) {
                close();
                throw new BindException(address, e);
            }
        }
    }

    private static ThreadFactory daemons(String name) {
        return task -> {
            Thread thread = new Thread(null, task, name, STACK);
            thread.setDaemon(true);
            return thread;
        };
    }

    private Map<String, Endpoint> endpoints(Content content) {
        Map<String, Endpoint> endpoints = new LinkedHashMap<>();
        endpoints.put(content.telemetryPath(), new MetricsEndpoint(content.registry(), load));
        endpoints.put("/", page(content));
        endpoints.put("/-/healthy", health(content.healthy(), "Sampling has stopped; the log may say why."));
        endpoints.put("/-/ready", health(content.ready(), "Not every VM has been read once yet."));
        return endpoints;
    }

    private Endpoint page(Content content) {
        return exchange -> {
            exchange.getResponseHeaders().set("Content-Security-Policy", Page.CONTENT_SECURITY_POLICY);
            try (Load.Body body = load.make(
                    out -> out.write(Page.of(content.board().get(), content.version(), content.telemetryPath())
                            .getBytes(UTF_8)))) {
                Answers.send(exchange, Answers.HTML, body);
            }
        };
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

    /** Requests under way. */
    int active() {
        return threads.getActiveCount();
    }

    /** Requests that wait for a turn. */
    int waiting() {
        return load.waiting();
    }

    static void setDefault(String property, String value) {
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
        // The threads first, so that none still writes to a connection that is to be closed.
        threads.shutdownNow();
        servers.forEach(server -> server.stop(0));
        timer.shutdownNow();
    }
}
