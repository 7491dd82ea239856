package org.bhyvescope.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

/** GET as Prometheus does it: HTTP/1.1, the connection is kept. */
final class Http {
    private static final int BUFFER = 1 << 16;

    /** What Prometheus 2 asks for: OpenMetrics, if there is any. */
    private static final String ACCEPT = "application/openmetrics-text;version=1.0.0,"
            + "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

    private final URL url;
    private final byte[] buffer = new byte[BUFFER];

    /**
     * An answer.
     *
     * @param bytes of the body as sent
     * @param millis from the request to its last byte
     */
    record Answer(long bytes, double millis) {}

    Http(int port) throws IOException {
        this.url = new URL("http://127.0.0.1:" + port + "/metrics");
    }

    Answer get(boolean gzip) throws IOException {
        long begun = System.nanoTime();
        long bytes = 0;
        try (InputStream body = open(ACCEPT, gzip)) {
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                bytes += n;
            }
        }
        return new Answer(bytes, (System.nanoTime() - begun) / 1e6);
    }

    /** The body as text format 0.0.4. */
    byte[] text() throws IOException {
        try (InputStream body = open("text/plain", false)) {
            return body.readAllBytes();
        }
    }

    private InputStream open(String accept, boolean gzip) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestProperty("Accept", accept);
        connection.setRequestProperty("Accept-Encoding", gzip ? "gzip" : "identity");
        return connection.getInputStream();
    }
}
