package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Random;

/** Requests that no HTTP server should serve, and some that it may only refuse. */
final class Malformed {
    private static final List<String> BEGINNINGS = List.of(
            "GET",
            "GET /metrics",
            " / HTTP/1.1",
            "GET  /metrics HTTP/1.1\r\n\r\n",
            "GET http:// HTTP/1.1\r\n\r\n",
            "GET //metrics HTTP/1.1\r\n\r\n",
            "GET /%zz HTTP/1.1\r\n\r\n",
            "GET /\u0000 HTTP/1.1\r\n\r\n",
            "GET /../../etc/passwd HTTP/1.1\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "GET /metrics HTTP/1.1\r\nA b: c\r\n\r\n",
            "GET /metrics HTTP/1.1\r\n: c\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nAuthorization: Basic ====\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001",
            "\r\n\r\n\r\n\r\n");

    private Malformed() {}

    static byte[] request(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> noise(random);
            case 1 -> ("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n").getBytes(ISO_8859_1);
            case 2 -> ("GET /metrics HTTP/1.1\r\n" + "A: b\r\n".repeat(5_000) + "\r\n").getBytes(ISO_8859_1);
            case 3 -> ("GET /metrics HTTP/1.1\r\nX: " + "y".repeat(20_000) + "\r\n\r\n").getBytes(ISO_8859_1);
            default -> damaged(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())), random);
        };
    }

    private static byte[] noise(Random random) {
        byte[] bytes = new byte[random.nextInt(2_000)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] damaged(String text, Random random) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (random.nextBoolean()) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
