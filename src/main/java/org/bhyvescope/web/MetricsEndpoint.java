package org.bhyvescope.web;

import com.sun.net.httpserver.HttpExchange;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.bhyvescope.metrics.Exposition;
import org.jspecify.annotations.Nullable;

/** Everything in the registry; gzip at level 1 for who accepts it. */
final class MetricsEndpoint implements Endpoint {
    private static final int BUFFER = 16 * 1024;

    private final PrometheusRegistry registry;
    private final Load load;

    MetricsEndpoint(PrometheusRegistry registry, Load load) {
        this.registry = registry;
        this.load = load;
    }

    @Override
    public void answer(HttpExchange exchange) throws IOException {
        Exposition format = Exposition.of(exchange.getRequestHeaders().getFirst("Accept"));
        boolean gzip = acceptsGzip(exchange.getRequestHeaders().getFirst("Accept-Encoding"));
        if (Answers.isHead(exchange)) {
            headers(exchange, format, gzip);
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        try (Load.Body body = load.make(out -> pack(out, format))) {
            headers(exchange, format, gzip);
            if (gzip) {
                exchange.sendResponseHeaders(200, body.size());
                body.writeTo(exchange.getResponseBody());
            } else {
                exchange.sendResponseHeaders(200, 0);
                unpack(body, exchange.getResponseBody());
            }
        }
    }

    private static void headers(HttpExchange exchange, Exposition format, boolean gzip) {
        exchange.getResponseHeaders().set("Content-Type", format.contentType());
        exchange.getResponseHeaders().set("Vary", "Accept, Accept-Encoding");
        if (gzip) {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        }
    }

    private void pack(OutputStream out, Exposition format) throws IOException {
        try (OutputStream packed = new FastGzip(out)) {
            format.write(packed, registry.scrape());
        }
    }

    /** What waits for a client is small: it stays packed, also for one that does not take gzip. */
    private static void unpack(Load.Body body, OutputStream out) throws IOException {
        try (InputStream in = new GZIPInputStream(body.stream(), BUFFER);
                OutputStream buffered = new BufferedOutputStream(out, BUFFER)) {
            in.transferTo(buffered);
        }
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
