package org.bhyvescope.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real program under attack on one address, watched through another: it samples on time throughout, serves who may read, and its memory
 * is bounded. SECURITY.md has the figures.
 */
class AttackE2eTest {
    /** Of "secret", cost 10. */
    private static final String HASH = "$2y$10$ZLcZ/aad0fdO1HoJ/1RieOYtouQaIoapirpwqmtiYIXSrywT8zgAu";

    private static final String VM = "steady";
    private static final long GIGABYTE = 1L << 30;
    private static final int MOST_CONNECTIONS = 128;
    private static final double MOST_MEGABYTES = 160;

    @TempDir
    Path directory;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8));
    }

    /** A scrape with the right password; how long it may take is the caller's to say. */
    private Page scrape(URI address) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(address.resolve("/metrics"))
                .header("Authorization", basic("alice:secret"))
                .timeout(Duration.ofSeconds(20))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return new Page(response.body());
    }

    /** The longest of some scrapes, in ms, during which samples must be fresh. */
    private double longest(URI address, int scrapes) throws Exception {
        double longest = 0;
        for (int i = 0; i < scrapes; i++) {
            long begun = System.nanoTime();
            Health.isFresh(scrape(address), VM);
            longest = Math.max(longest, (System.nanoTime() - begun) / 1e6);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return longest;
    }

    private static double memory(Program agent, String field) throws Exception {
        return Files.readAllLines(Path.of("/proc/" + agent.handle().pid() + "/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024.0)
                .findFirst()
                .orElseThrow();
    }

    private static void said(String form, Object... values) {
        System.out.println(String.format(Locale.ROOT, "attack: " + form, values));
    }

    @Test
    void samplingGoesOnAndMemoryIsBoundedThroughAllOfIt() throws Exception {
        Path file = Files.writeString(directory.resolve("web.yml"), "basic_auth_users:\n  alice: " + HASH + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        TestHost host = new TestHost(directory, List.of(VM));
        try (Program agent = Program.agent(
                host,
                "--web.listen-address=127.0.0.1:0",
                "--web.listen-address=127.0.0.1:0",
                "--web.config.file=web.yml")) {
            List<URI> addresses = agent.urls(3);
            URI attacked = addresses.get(0);
            URI idle = addresses.get(1);
            URI watched = addresses.get(2);
            Program.await(
                    Duration.ofSeconds(30),
                    () -> scrape(watched)
                                    .find("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + VM + "\"}")
                                    .isPresent()
                            ? true
                            : null);
            double before = scrape(watched).value("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + VM + "\"}");
            said(
                    "RSS before: %.0f MB, longest of 10 scrapes in quiet: %.0f ms",
                    memory(agent, "VmRSS"), longest(attacked, 10));

            try (Attacker waiting = new Attacker(idle)) {
                waiting.hold(1000, "");
                said(
                        "1,000 idle connections: %d stay open, longest scrape elsewhere %.0f ms",
                        waiting.open(), longest(watched, 5));
                assertThat(waiting.open()).isLessThanOrEqualTo(MOST_CONNECTIONS);
                long idleSince = System.nanoTime();

                slowHeaders(attacked);
                malformed(attacked, watched);
                endless(attacked);
                wrongPasswords(agent, attacked);

                Program.await(Duration.ofSeconds(30), () -> waiting.open() == 0 ? true : null);
                said(
                        "idle connections: the agent has closed all of them when looked at after %.0f s",
                        (System.nanoTime() - idleSince) / 1e9);
                assertThat(longest(idle, 1)).isLessThan(5_000);
            }

            Page page = scrape(attacked);
            assertThat(page.value("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + VM + "\"}"))
                    .isGreaterThan(before + 5);
            said(
                    "RSS after %.0f MB, highest %.0f MB, threads %.0f",
                    memory(agent, "VmRSS"), memory(agent, "VmHWM"), page.value("jvm_threads_peak_threads"));
            assertThat(memory(agent, "VmHWM")).isLessThan(MOST_MEGABYTES);
            assertThat(agent.err()).doesNotContain("\tat ", "ERROR", "OutOfMemory");
        }
    }

    /** A hundred clients send a byte of a header now and then. */
    private void slowHeaders(URI attacked) throws Exception {
        try (Attacker slow = new Attacker(attacked)) {
            slow.hold(100, "GET /metrics HTTP/1.1\r\nX: ");
            double longest = 0;
            for (int i = 0; i < 5; i++) {
                slow.drip();
                longest = Math.max(longest, longest(attacked, 3));
            }
            said("100 slow clients: longest scrape %.0f ms", longest);
            assertThat(longest).isLessThan(5_000);
        }
    }

    private void malformed(URI attacked, URI watched) throws Exception {
        try (Attacker attacker = new Attacker(attacked)) {
            long begun = System.nanoTime();
            CompletableFuture<Integer> served = CompletableFuture.supplyAsync(() -> {
                try {
                    return attacker.malformed(10_000, 8);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            double longest = 0;
            do {
                longest = Math.max(longest, longest(watched, 2));
            } while (!served.isDone());
            said(
                    "10,000 malformed requests in %.1f s: longest scrape elsewhere %.0f ms",
                    (System.nanoTime() - begun) / 1e9, longest);
            assertThat(served.get()).isZero();
            assertThat(longest(attacked, 1)).isLessThan(5_000);
        }
    }

    /** What has no end, or one after a gigabyte, is cut off after little. */
    private void endless(URI attacked) throws Exception {
        try (Attacker attacker = new Attacker(attacked)) {
            String length = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: " + GIGABYTE + "\r\n";
            String right = "Authorization: " + basic("alice:secret") + "\r\n";
            String chunked = "POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n";
            long most = 0;
            for (String begin :
                    List.of(length + "\r\n", length + right + "\r\n", chunked + "\r\n", chunked + right + "\r\n")) {
                most = Math.max(most, attacker.pour(begin, "5\r\nabcde\r\n", GIGABYTE));
            }
            for (String begin : List.of("GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\n")) {
                most = Math.max(most, attacker.pour(begin, "a", GIGABYTE));
            }
            most = Math.max(most, attacker.pour("GET / HTTP/1.1\r\n", "a: b\r\n", GIGABYTE));
            said("bodies of 1 GB, endless lines and headers: cut off after at most %.1f MB", most / 1e6);
            assertThat(most).isLessThan(GIGABYTE / 8);
            assertThat(longest(attacked, 1)).isLessThan(5_000);
        }
    }

    private void wrongPasswords(Program agent, URI attacked) throws Exception {
        try (Attacker attacker = new Attacker(attacked)) {
            long begun = System.nanoTime();
            Duration cpuBefore = agent.handle().info().totalCpuDuration().orElseThrow();
            CompletableFuture<int[]> answers = CompletableFuture.supplyAsync(() -> {
                try {
                    // Not so many that refusing them is what costs.
                    return attacker.ask(basic("alice:wrong"), 6, 6_000);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            double longest = 0;
            do {
                longest = Math.max(longest, longest(attacked, 5));
            } while (!answers.isDone());
            double seconds = (System.nanoTime() - begun) / 1e9;
            double cpu = agent.handle()
                            .info()
                            .totalCpuDuration()
                            .orElseThrow()
                            .minus(cpuBefore)
                            .toMillis()
                    / 1e3;
            int[] counts = answers.get();
            said(
                    "wrong passwords for %.1f s: %d times 401, %d times 429, longest scrape with the right one %.0f ms, CPU of the agent %.0f %%",
                    seconds, counts[401], counts[429], longest, 100 * cpu / seconds);
            assertThat(counts[401]).isPositive().isLessThan(60);
            assertThat(counts[429]).isPositive();
            assertThat(counts[200]).isZero();
            assertThat(longest).isLessThan(5_000);
        }
    }
}
