package org.bhyvescope.web;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fixed paths, GET and HEAD, nothing else; no path to who may not read. */
final class Router implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    private final Map<String, Endpoint> endpoints;
    private final Supplier<Optional<BasicAuth>> auth;
    private final Predicate<HttpExchange> old;
    private final Runnable answering;

    /**
     * @param auth who may read, now; empty for everybody
     * @param old whether a connection is to be closed without an answer
     * @param answering told when a request is whole
     */
    Router(
            Map<String, Endpoint> endpoints,
            Supplier<Optional<BasicAuth>> auth,
            Predicate<HttpExchange> old,
            Runnable answering) {
        this.endpoints = Map.copyOf(endpoints);
        this.auth = auth;
        this.old = old;
        this.answering = answering;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        boolean body = hasBody(exchange.getRequestHeaders());
        try (exchange) {
            if (old.test(exchange)) {
                return; // an exchange without an answer closes its connection; who has the right to comes again
            }
            Answers.secure(exchange.getResponseHeaders());
            if (body) {
                exchange.getResponseHeaders().set("Connection", "close"); // nobody reads it
            } else {
                answering.run();
            }
            judge(exchange);
        }
        if (body) {
            // A body in chunks that are none makes the JDK's server close the connection and still count it, for some
            // seconds, among the most that it takes. What it is thrown makes it look again.
            throw new IOException("a request with a body");
        }
    }

    private void judge(HttpExchange exchange) throws IOException {
        Optional<BasicAuth> wanted = auth.get();
        BasicAuth.Verdict verdict = wanted.isEmpty()
                ? BasicAuth.Verdict.ALLOWED
                : wanted.get()
                        .judge(
                                exchange.getRequestHeaders().getFirst("Authorization"),
                                exchange.getRemoteAddress().getAddress());
        switch (verdict) {
            case ALLOWED -> route(exchange);
            case REFUSED -> {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"bhyvescope\", charset=\"UTF-8\"");
                Answers.send(exchange, 401, Answers.TEXT, "Unauthorized\n");
            }
            // Not 401, which tells a scraper whose password is right that it is wrong.
            case BUSY -> busy(exchange, 429, "Too many passwords to check at a time. Try again.\n");
        }
    }

    private void route(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        Endpoint endpoint =
                endpoints.get(String.valueOf(exchange.getRequestURI().getPath()));
        if (endpoint == null) {
            Answers.send(exchange, 404, Answers.TEXT, "Not found. The start page is /\n");
        } else if (!method.equals("GET") && !method.equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            Answers.send(exchange, 405, Answers.TEXT, "Only GET and HEAD.\n");
        } else if (hasBody(exchange.getRequestHeaders())) {
            Answers.send(exchange, 413, Answers.TEXT, "Only requests without a body.\n");
        } else {
            answer(endpoint, exchange);
        }
    }

    private static boolean hasBody(Headers request) {
        String length = request.getFirst("Content-Length");
        return request.containsKey("Transfer-Encoding") || (length != null && !length.equals("0"));
    }

    private static void answer(Endpoint endpoint, HttpExchange exchange) throws IOException {
        try {
            endpoint.answer(exchange);
        } catch (Load.BusyException e) {
            busy(exchange, 503, "Too many requests at a time. Try again.\n");
        } catch (IOException e) {
            LOG.debug("the client of {} went away", exchange.getRequestURI().getPath(), e);
            throw e;
        } catch (RuntimeException e) {
            LOG.error(
                    "internal error while answering {}",
                    exchange.getRequestURI().getPath(),
                    e);
            if (exchange.getResponseCode() == -1) {
                exchange.getResponseHeaders().clear(); // the endpoint may have promised gzip
                Answers.secure(exchange.getResponseHeaders());
                Answers.send(exchange, 500, Answers.TEXT, "Internal error. The agent's log has the details.\n");
            }
        }
    }

    private static void busy(HttpExchange exchange, int status, String text) throws IOException {
        exchange.getResponseHeaders().set("Retry-After", "1");
        Answers.send(exchange, status, Answers.TEXT, text);
    }
}
