package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;

/** A page of metrics, and how to get at one that is not there yet. */
record Page(String text) {
    private static final int POLL_MILLIS = 5;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** The first one that holds this text. */
    static Page await(Http http, String text) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (true) {
            try {
                String page = new String(http.text(), UTF_8);
                if (page.contains(text)) {
                    return new Page(page);
                }
            } catch (IOException e) {
                if (System.nanoTime() - begun > PATIENCE_NANOS) {
                    throw e;
                }
            }
            if (System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new IOException("never on the page: " + text);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    static Page now(Http http) throws IOException {
        return new Page(new String(http.text(), UTF_8));
    }

    /** A port that nobody listens on, most likely. */
    static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }

    /** The value of a series. */
    double value(String series) {
        return text.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    double forks() {
        return value("bhyvescope_forks_total");
    }
}
