package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What clients do that mean no good, over plain sockets. */
final class Attacker implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final InetSocketAddress target;
    private final List<Socket> held = new ArrayList<>();

    Attacker(URI target) {
        this.target = new InetSocketAddress(target.getHost(), target.getPort());
    }

    private Socket connected() throws IOException {
        Socket socket = new Socket();
        socket.connect(target, TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return socket;
    }

    /** Opens connections and holds them, after sending this on each. */
    void hold(int connections, String begun) throws IOException {
        for (int i = 0; i < connections; i++) {
            Socket socket = connected();
            held.add(socket);
            try {
                socket.getOutputStream().write(begun.getBytes(ISO_8859_1));
            } catch (IOException ignored) {
                // The agent has closed it already, as it should.
            }
        }
    }

    /** Sends one more byte on each that is held. */
    void drip() {
        for (Socket socket : held) {
            try {
                socket.getOutputStream().write('x');
            } catch (IOException ignored) {
                // closed by the agent
            }
        }
    }

    /** How many of those that are held the agent has not closed yet. */
    int open() throws IOException {
        int open = 0;
        for (Socket socket : held) {
            socket.setSoTimeout(1);
            try {
                open += socket.getInputStream().read() >= 0 ? 1 : 0;
            } catch (SocketTimeoutException e) {
                open++;
            } catch (IOException ignored) {
                // closed by the agent
            }
        }
        return open;
    }

    /** Sends this again and again until the agent ends the connection. Returns how many bytes it took. */
    long pour(String begin, String again, long most) throws IOException {
        byte[] bytes = again.repeat(8192 / again.length()).getBytes(ISO_8859_1);
        long sent = 0;
        try (Socket socket = connected()) {
            socket.getOutputStream().write(begin.getBytes(ISO_8859_1));
            while (sent < most) {
                socket.getOutputStream().write(bytes);
                sent += bytes.length;
            }
        } catch (IOException ended) {
            return sent;
        }
        return sent;
    }

    /** Sends requests that are none, by several threads. Returns how many were answered with what is no refusal. */
    int malformed(int requests, long seed) throws Exception {
        return together(4, thread -> {
            Random random = new Random(seed + thread);
            int served = 0;
            for (int i = 0; i < requests / 4; i++) {
                served += isServed(Malformed.request(random)) ? 1 : 0;
            }
            return served;
        });
    }

    private boolean isServed(byte[] request) throws IOException {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(request);
            socket.shutdownOutput();
            String answer = new String(socket.getInputStream().readNBytes(12), ISO_8859_1);
            return answer.startsWith("HTTP/1.1 2");
        } catch (IOException refused) {
            return false;
        }
    }

    /** Asks with this header until the time is over, by several threads. Returns how often the agent answered with each status. */
    int[] ask(String authorization, int threads, long millis) throws Exception {
        int[] counts = new int[600];
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        together(threads, thread -> {
            while (System.nanoTime() < end) {
                int status = status("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                        + authorization + "\r\n\r\n");
                synchronized (counts) {
                    counts[status]++;
                }
            }
            return 0;
        });
        return counts;
    }

    private int status(String request) throws IOException {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            InputStream in = socket.getInputStream();
            String line = new String(in.readNBytes(12), ISO_8859_1);
            in.readAllBytes();
            return Integer.parseInt(line.substring(9));
        }
    }

    private interface Work {
        int run(int thread) throws Exception;
    }

    private static int together(int threads, Work work) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                tasks.add(() -> work.run(thread));
            }
            int sum = 0;
            for (Future<Integer> future : pool.invokeAll(tasks)) {
                sum += future.get();
            }
            return sum;
        } finally {
            pool.shutdownNow();
        }
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : held) {
            socket.close();
        }
    }
}
