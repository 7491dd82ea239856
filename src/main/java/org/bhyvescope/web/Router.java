package org.bhyvescope.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.util.Map;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fixed paths, GET and HEAD, nothing else. */
final class Router implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

    /** Requests that may wait; beyond that they are turned away at once, which empties the queue quickly. */
    private static final int MAX_WAITING = 32;

    private final Map<String, Endpoint> endpoints;
    private final IntSupplier waiting;

    /** @param waiting how many requests wait for a thread */
    Router(Map<String, Endpoint> endpoints, IntSupplier waiting) {
        this.endpoints = Map.copyOf(endpoints);
        this.waiting = waiting;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            Endpoint endpoint =
                    endpoints.get(String.valueOf(exchange.getRequestURI().getPath()));
            if (waiting.getAsInt() > MAX_WAITING) {
                exchange.getResponseHeaders().set("Retry-After", "1");
                Answers.send(exchange, 503, Answers.TEXT, "Too many requests at a time. Try again.\n");
            } else if (endpoint == null) {
                Answers.send(exchange, 404, Answers.TEXT, "Not found. The start page is /\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                Answers.send(exchange, 405, Answers.TEXT, "Only GET and HEAD.\n");
            } else {
                answer(endpoint, exchange);
            }
        }
    }

    private static void answer(Endpoint endpoint, HttpExchange exchange) throws IOException {
        try {
            endpoint.answer(exchange);
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
                Answers.send(exchange, 500, Answers.TEXT, "Internal error. The agent's log has the details.\n");
            }
        }
    }
}
