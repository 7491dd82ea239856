package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.sampling.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WebServerTest {
    private static final ListenAddress ANY_PORT = new ListenAddress("127.0.0.1", 0);
    private static final int TURNS = 2;
    private static final int MAY_WAIT = 32;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Ledger ledger = TestVm.ledger(TestVm.HOST);
    private volatile boolean healthy = true;
    private volatile boolean ready = true;

    private WebServer started(String telemetryPath) throws WebServer.BindException {
        WebServer server = new WebServer(List.of(ANY_PORT), content(telemetryPath));
        server.start();
        return server;
    }

    private WebServer.Content content(String telemetryPath) {
        return new WebServer.Content(
                registry, ledger::board, () -> healthy, () -> ready, "1.2.3 <beta>", telemetryPath);
    }

    private static HttpRequest.Builder request(WebServer server, String path) {
        return HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + server.addresses().get(0).getPort() + path))
                .timeout(Duration.ofSeconds(30));
    }

    private HttpResponse<String> get(WebServer server, String path, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(server, path);
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.ofString(UTF_8));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private void showVm(String name) {
        TestVm vm = new TestVm(name, TestVm.AMD_14);
        ledger.reconcile(List.of(vm.id()));
        vm.read(ledger, 0);
        vm.add(0, "total number of vm exits", 2000)
                .add(0, "number of times hlt was intercepted", 1200)
                .add(0, "number of times in/out was intercepted", 500)
                .add(0, "vm exits due to external interrupt", 200)
                .add(0, "number of times cpuid was intercepted", 100)
                .add(0, "vcpu total runtime", 2_000_000_000L);
        vm.read(ledger, 1);
    }

    @Test
    void metricsAreInPrometheusOwnFormat() throws Exception {
        registry.register(new VmCollector(ledger::board, TestVm.HOST));
        showVm("web");
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = get(server, "/metrics");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Content-Type")).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
            assertThat(header(response, "Content-Encoding")).isEmpty();
            assertThat(header(response, "Vary")).isEqualTo("Accept, Accept-Encoding");
            assertThat(response.body())
                    .contains("\nbhyve_vm_exit_rate{reason=\"hlt\",vm=\"web\"} 1200.0\n")
                    .endsWith("\n")
                    .doesNotContain("# EOF");
        }
    }

    @Test
    void metricsAreTheSameWithGzip() throws Exception {
        registry.register(new VmCollector(ledger::board, TestVm.HOST));
        showVm("web");
        try (WebServer server = started("/metrics")) {
            HttpResponse<byte[]> packed = client.send(
                    request(server, "/metrics")
                            .header("Accept-Encoding", "gzip")
                            .build(),
                    BodyHandlers.ofByteArray());
            assertThat(header(packed, "Content-Encoding")).isEqualTo("gzip");
            String unpacked =
                    new String(new GZIPInputStream(new ByteArrayInputStream(packed.body())).readAllBytes(), UTF_8);
            assertThat(unpacked).isEqualTo(get(server, "/metrics").body());
            assertThat(packed.body().length).isLessThan(unpacked.length() / 3);
        }
    }

    @Test
    void metricsAreOpenMetricsForWhoAsksForIt() throws Exception {
        registry.register(new VmCollector(ledger::board, TestVm.HOST));
        showVm("web");
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = get(
                    server,
                    "/metrics",
                    "Accept",
                    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
            assertThat(header(response, "Content-Type"))
                    .isEqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8");
            assertThat(response.body())
                    .contains("# TYPE bhyve_vcpu_exits counter\n")
                    .endsWith("# EOF\n");
        }
    }

    @Test
    void headOfMetricsHasTheHeadersAndNoBodyAndScrapesNothing() throws Exception {
        registry.register((Collector) () -> {
            throw new IllegalStateException("scraped");
        });
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = head(server, "/metrics", "Accept-Encoding", "gzip");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Content-Type")).startsWith("text/plain; version=0.0.4");
            assertThat(header(response, "Content-Encoding")).isEqualTo("gzip");
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void headOfThePageTellsTheLengthOfThePage() throws Exception {
        showVm("é");
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = head(server, "/", "Accept", "text/html");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEmpty();
            int length = get(server, "/").body().getBytes(UTF_8).length;
            assertThat(header(response, "Content-Length")).isEqualTo(Integer.toString(length));
        }
    }

    private HttpResponse<String> head(WebServer server, String path, String... headers) throws Exception {
        return client.send(
                request(server, path)
                        .headers(headers)
                        .method("HEAD", BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    @Test
    void thePageShowsAVmWithItsNameEscaped() throws Exception {
        showVm("<b>&\"x\"'");
        try (WebServer server = started("/some/metrics")) {
            HttpResponse<String> response = get(server, "/");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
            assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header(response, "X-Frame-Options")).isEqualTo("DENY");
            assertThat(header(response, "Referrer-Policy")).isEqualTo("no-referrer");
            assertThat(header(response, "Content-Security-Policy"))
                    .startsWith("default-src 'none'; style-src 'sha256-" + sha256OfTheStyle(response.body()) + "';")
                    .contains("frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            assertThat(response.body())
                    .contains("<tr><td>&lt;b&gt;&amp;&quot;x&quot;&#39;</td><td>running</td><td>amd</td>")
                    .contains("<td class=n>2,000</td>")
                    .contains("hlt 1,200/s <span class=dim>(60&nbsp;%, peak 1,200/s)</span>, inout 500/s "
                            + "<span class=dim>(25&nbsp;%, peak 500/s)</span>, external_interrupt 200/s "
                            + "<span class=dim>(10&nbsp;%, peak 200/s)</span></td></tr>")
                    .contains("<small>1.2.3 &lt;beta&gt;</small>")
                    .contains("<a href=\"/some/metrics\">metrics</a>")
                    .doesNotContain("<b>", "cpuid");
        }
    }

    private static String sha256OfTheStyle(String page) throws NoSuchAlgorithmException {
        String style = page.substring(page.indexOf("<style>") + "<style>".length(), page.indexOf("</style>"));
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256").digest(style.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({"GET, 413", "HEAD, 413", "POST, 405"})
    void aBodyIsNotReadAndTheConnectionClosed(String method, int status) throws Exception {
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = client.send(
                    request(server, "/metrics")
                            .method(method, BodyPublishers.ofString("body"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(header(response, "Connection")).isEqualTo("close");
        }
    }

    @Test
    void aBodyWithoutALengthIsNotReadEither() throws Exception {
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = client.send(
                    request(server, "/metrics")
                            .method("GET", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[100])))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(413);
        }
    }

    @Test
    void bodiesThatClientsDoNotFetchAreBounded() throws Exception {
        Load load = new Load();
        byte[] megabyte = new byte[1 << 20];
        List<Load.Body> held = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        held.add(load.make(out -> out.write(megabyte)));
                    }
                })
                .isInstanceOf(Load.BusyException.class);
        assertThat(held).hasSize(7);
        held.get(0).close();
        load.make(out -> out.write(megabyte)).close();
        assertThatThrownBy(() -> load.make(out -> {
                    throw new IllegalStateException("a bug");
                }))
                .hasMessage("a bug");
        assertThat(load.make(out -> out.write(1)).size()).isEqualTo(1);
    }

    @Test
    void thePageCountsTheFailedReadingsOfAnUnreadableVm() throws Exception {
        TestVm vm = new TestVm("lost", TestVm.AMD_14);
        ledger.reconcile(List.of(vm.id()));
        vm.miss(ledger, Cause.TIMEOUT, 2).miss(ledger, Cause.GARBLED, 2);
        try (WebServer server = started("/metrics")) {
            assertThat(get(server, "/").body())
                    .contains("<tr><td>lost</td><td class=bad>unreadable</td>"
                            + "<td colspan=4 class=dim>failed readings: 4</td></tr>");
        }
    }

    @Test
    void thePageSaysThatThereAreNoVms() throws Exception {
        try (WebServer server = started("/metrics")) {
            assertThat(get(server, "/").body())
                    .contains("No VMs on this host now.")
                    .doesNotContain("<table>");
        }
    }

    @Test
    void healthAndReadinessAre200Or503EachByItself() throws Exception {
        try (WebServer server = started("/metrics")) {
            assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(200);
            assertThat(get(server, "/-/ready").statusCode()).isEqualTo(200);
            assertThat(get(server, "/-/ready").body()).isEqualTo("OK\n");
            healthy = false;
            assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(503);
            assertThat(get(server, "/-/healthy").body()).isEqualTo("Sampling has stopped; the log may say why.\n");
            assertThat(get(server, "/-/ready").statusCode()).isEqualTo(200);
            healthy = true;
            ready = false;
            assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(200);
            assertThat(get(server, "/-/ready").statusCode()).isEqualTo(503);
            assertThat(get(server, "/-/ready").body()).isEqualTo("Not every VM has been read once yet.\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/metrics", "/other/", "/other/more", "/-/", "/-/healthy/", "/%2e%2e/"})
    void whatIsNotThereIs404(String path) throws Exception {
        try (WebServer server = started("/other")) {
            HttpResponse<String> response = get(server, path);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo("Not found. The start page is /\n");
        }
    }

    @Test
    void aQueryIsIgnored() throws Exception {
        try (WebServer server = started("/metrics")) {
            assertThat(get(server, "/-/healthy?a=b").statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({"POST, /metrics", "PUT, /", "DELETE, /-/healthy", "OPTIONS, /-/ready"})
    void whatMightWriteIs405WithAllow(String method, String path) throws Exception {
        try (WebServer server = started("/metrics")) {
            HttpResponse<String> response = client.send(
                    request(server, path)
                            .method(method, BodyPublishers.ofString("body"))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(405);
            assertThat(header(response, "Allow")).isEqualTo("GET, HEAD");
        }
    }

    @Test
    void aBugInACollectorIs500AndItsDetailsAreInTheLogOnly() throws Exception {
        registry.register((Collector) () -> {
            throw new IllegalStateException("the secret detail");
        });
        try (RouterLog log = new RouterLog();
                WebServer server = started("/metrics")) {
            HttpResponse<String> response = get(server, "/metrics");
            assertThat(log.events.list).singleElement().satisfies(event -> {
                assertThat(event.getFormattedMessage()).isEqualTo("internal error while answering /metrics");
                assertThat(event.getThrowableProxy().getMessage()).isEqualTo("the secret detail");
            });
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).isEqualTo("Internal error. The agent's log has the details.\n");
            assertThat(header(response, "Content-Type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void afterABugTheAnswerToAClientThatTakesGzipIsReadable() throws Exception {
        registry.register((Collector) () -> {
            throw new IllegalStateException("the secret detail");
        });
        try (RouterLog log = new RouterLog();
                WebServer server = started("/metrics")) {
            HttpResponse<String> response = get(server, "/metrics", "Accept-Encoding", "gzip");
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(header(response, "Content-Encoding")).isEmpty();
            assertThat(log.events.list).hasSize(1);
        }
    }

    /** What the router logs, kept off the console. */
    private static final class RouterLog implements AutoCloseable {
        private final Logger logger = (Logger) LoggerFactory.getLogger(Router.class);
        final ListAppender<ILoggingEvent> events = new ListAppender<>();

        RouterLog() {
            events.start();
            logger.addAppender(events);
            logger.setAdditive(false);
        }

        @Override
        public void close() {
            logger.detachAppender(events);
            logger.setAdditive(true);
        }
    }

    @Test
    void aPortInUseIsNamedAndNothingStaysBound() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ListenAddress free = new ListenAddress("127.0.0.1", freePort());
            ListenAddress inUse = new ListenAddress("127.0.0.1", taken.getLocalPort());
            assertThatThrownBy(() -> new WebServer(List.of(free, inUse), content("/metrics")))
                    .isInstanceOf(WebServer.BindException.class)
                    .hasMessage("cannot listen on 127.0.0.1:" + taken.getLocalPort() + ": Address already in use");
            assertThatIsFree(free.port());
        }
    }

    @Test
    void aHostThatIsNoneIsNamed() {
        assertThatThrownBy(
                        () -> new WebServer(List.of(new ListenAddress("no-such-host.invalid", 0)), content("/metrics")))
                .isInstanceOf(WebServer.BindException.class)
                .hasMessageStartingWith("cannot listen on no-such-host.invalid:0: ");
    }

    @Test
    void everyAddressIsServed() throws Exception {
        try (WebServer server = new WebServer(List.of(ANY_PORT, ANY_PORT), content("/metrics"))) {
            server.start();
            assertThat(server.addresses()).hasSize(2).doesNotHaveDuplicates();
            for (var address : server.addresses()) {
                URI uri = URI.create("http://127.0.0.1:" + address.getPort() + "/-/healthy");
                assertThat(client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void closeFreesThePort() throws Exception {
        WebServer server = started("/metrics");
        int port = server.addresses().get(0).getPort();
        assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(200);
        server.close();
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                .isInstanceOf(ConnectException.class);
        assertThatIsFree(port);
    }

    @Test
    void closeFreesThePortOfAServerThatWasNeverStarted() throws Exception {
        WebServer server = new WebServer(List.of(ANY_PORT), content("/metrics"));
        int port = server.addresses().get(0).getPort();
        server.close();
        assertThatIsFree(port);
    }

    @Test
    void closeDoesNotWaitForAnAnswerInProgress() throws Exception {
        Blocker blocker = new Blocker(1);
        registry.register(blocker);
        WebServer server = started("/metrics");
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request(server, "/metrics").build(), BodyHandlers.ofString());
        blocker.awaitEntered();
        server.close();
        assertThat(answer.handle((response, failure) -> failure).get(30, TimeUnit.SECONDS))
                .isInstanceOf(Exception.class);
        blocker.release.countDown();
    }

    @Test
    void whatWaitsBeyondTheLimitIsTurnedAwayAndNothingHangs() throws Exception {
        Blocker blocker = new Blocker(TURNS);
        registry.register(blocker);
        try (WebServer server = started("/metrics")) {
            List<CompletableFuture<HttpResponse<String>>> blocked = new ArrayList<>();
            for (int i = 0; i < TURNS; i++) {
                blocked.add(client.sendAsync(request(server, "/metrics").build(), BodyHandlers.ofString()));
            }
            blocker.awaitEntered();
            int tooMany = 10;
            List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < MAY_WAIT + tooMany; i++) {
                waiting.add(client.sendAsync(request(server, "/metrics").build(), BodyHandlers.ofString()));
            }
            await(() -> waiting.stream().filter(CompletableFuture::isDone).count() >= tooMany - 4);
            await(() -> server.waiting() >= MAY_WAIT);
            assertThat(get(server, "/-/healthy").statusCode())
                    .as("what needs no turn is answered")
                    .isEqualTo(200);

            blocker.release.countDown();
            List<HttpResponse<String>> turnedAway = new ArrayList<>();
            for (var future : waiting) {
                HttpResponse<String> response = future.get(30, TimeUnit.SECONDS);
                if (response.statusCode() == 503) {
                    turnedAway.add(response);
                } else {
                    assertThat(response.statusCode()).isEqualTo(200);
                }
            }
            // Some that come at the same time may count before the others wait.
            assertThat(turnedAway).hasSizeBetween(tooMany - 4, tooMany).allSatisfy(response -> {
                assertThat(header(response, "Retry-After")).isEqualTo("1");
                assertThat(response.body()).isEqualTo("Too many requests at a time. Try again.\n");
            });
            for (var future : blocked) {
                assertThat(future.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            }
            assertThat(get(server, "/-/healthy").statusCode()).isEqualTo(200);
        }
    }

    /** A collector that keeps the thread until it is released. */
    private static final class Blocker implements Collector {
        final CountDownLatch entered;
        final CountDownLatch release = new CountDownLatch(1);

        Blocker(int threads) {
            entered = new CountDownLatch(threads);
        }

        @Override
        public MetricSnapshot collect() {
            entered.countDown();
            try {
                assertThat(release.await(50, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return GaugeSnapshot.builder().name("test").build();
        }

        void awaitEntered() throws InterruptedException {
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void await(BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(30));
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void assertThatIsFree(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(socket.isBound()).isTrue();
        }
    }
}
