package org.bhyvescope.web;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.bhyvescope.metrics.Exposition;
import org.jspecify.annotations.Nullable;

/** Everything in the registry, streamed; gzip at level 1 for who accepts it. */
final class MetricsEndpoint implements Endpoint {
    private static final int BUFFER = 16 * 1024;

    private final PrometheusRegistry registry;

    MetricsEndpoint(PrometheusRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void answer(HttpExchange exchange) throws IOException {
        Exposition format = Exposition.of(exchange.getRequestHeaders().getFirst("Accept"));
        boolean gzip = acceptsGzip(exchange.getRequestHeaders().getFirst("Accept-Encoding"));
        exchange.getResponseHeaders().set("Content-Type", format.contentType());
        exchange.getResponseHeaders().set("Vary", "Accept, Accept-Encoding");
        if (gzip) {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        }
        if (Answers.isHead(exchange)) {
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        var snapshots = registry.scrape();
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = gzip ? new FastGzip(exchange.getResponseBody()) : buffered(exchange)) {
            format.write(body, snapshots);
        }
    }

    private static OutputStream buffered(HttpExchange exchange) {
        return new BufferedOutputStream(exchange.getResponseBody(), BUFFER);
    }

    /** Whether the header names gzip and does not forbid it with q=0. */
    static boolean acceptsGzip(@Nullable String header) {
        if (header == null) {
            return false;
        }
        for (String part : header.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] tokens = part.replace(" ", "").split(";", -1);
            if (tokens[0].equals("gzip")) {
                return tokens.length < 2 || !tokens[1].matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    /** Level 6 takes three times as long for a body a seventh smaller. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream to) throws IOException {
            super(to, BUFFER);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
