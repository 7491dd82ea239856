package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bhyvescope.TestCa;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.web.config.WebConfigFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** TLS and users over real sockets, with certificates of openssl's making. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WebSecurityTest {
    /** Of "secret", cost 4. */
    private static final String HASH = "$2y$04$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S";

    private static final String TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";
    private static final String USERS = "basic_auth_users:\n  alice: " + HASH + "\n";
    private static final String VERIFY = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n";

    @TempDir
    static Path made;

    @TempDir
    Path directory;

    private final AtomicLong now = new AtomicLong();
    private final Logger logger = (Logger) LoggerFactory.getLogger(WebSecurity.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void makeCertificates() throws Exception {
        TestCa ca = new TestCa(made, "ca");
        ca.issue("server");
        ca.issue("second");
        ca.issue("scraper");
        ca.issueExpired("expired");
        new TestCa(made, "other").issue("stranger");
    }

    @BeforeEach
    void copyCertificates() throws IOException {
        for (String name : List.of("ca.pem", "other.pem")) {
            Files.copy(made.resolve(name), directory.resolve(name));
        }
        use("server");
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void letTheLogBe() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    /** Puts certificate and key in place by renaming, as tools that renew certificates do. */
    private void use(String name) throws IOException {
        put(name + ".pem", "server.pem");
        put(name + ".key", "server.key");
    }

    private void put(String from, String to) throws IOException {
        Files.copy(made.resolve(from), directory.resolve("new"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.move(directory.resolve("new"), directory.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path write(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("web.yml"), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        return file;
    }

    private WebSecurity security(String text) throws Exception {
        WebConfigFile.Reading reading = WebConfigFile.read(write(text), now::get);
        assertThat(reading).isInstanceOf(WebConfigFile.Good.class);
        return new WebSecurity((WebConfigFile.Good) reading, now::get, System::currentTimeMillis);
    }

    private static WebServer started(WebSecurity security) throws WebServer.BindException {
        return started(security, new PrometheusRegistry(), Deadlines.Limits.USUAL);
    }

    private static WebServer started(WebSecurity security, PrometheusRegistry registry, Deadlines.Limits limits)
            throws WebServer.BindException {
        WebServer server = new WebServer(
                List.of(new ListenAddress("127.0.0.1", 0)),
                new WebServer.Content(
                        registry, TestVm.ledger(TestVm.HOST)::board, () -> true, () -> true, "1", "/metrics"),
                Optional.of(security),
                limits);
        server.start();
        return server;
    }

    private static URI uri(WebServer server, String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + server.addresses().get(0).getPort() + "/-/healthy");
    }

    private static HttpResponse<String> get(URI uri, HttpClient client, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
        return client.send((headers.length == 0 ? request : request.headers(headers)).build(), BodyHandlers.ofString());
    }

    private static HttpClient client(Optional<String> own) throws Exception {
        return HttpClient.newBuilder()
                .sslContext(TestCa.client(made.resolve("ca.pem"), own))
                .build();
    }

    private static String served(WebServer server) throws Exception {
        X509Certificate certificate = (X509Certificate) get(uri(server, "https"), client(Optional.empty()))
                .sslSession()
                .orElseThrow()
                .getPeerCertificates()[0];
        return certificate.getSubjectX500Principal().getName();
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(UTF_8));
    }

    private List<String> logged() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void aClientThatKnowsTheCaIsServedAndPlainHttpIsNot() throws Exception {
        try (WebServer server = started(security(TLS))) {
            assertThat(served(server)).isEqualTo("CN=server");
            assertThatThrownBy(() -> get(uri(server, "http"), HttpClient.newHttpClient()))
                    .isInstanceOf(IOException.class);
            assertThat(served(server)).isEqualTo("CN=server");
        }
    }

    @Test
    void withoutTheRightPasswordNoPathIsAnswered() throws Exception {
        try (WebServer server = started(security(USERS))) {
            URI uri = uri(server, "http");
            HttpClient client = HttpClient.newHttpClient();
            for (String path : List.of("/", "/metrics", "/-/healthy", "/-/ready", "/nothing")) {
                HttpResponse<String> refused = get(uri.resolve(path), client);
                assertThat(refused.statusCode()).isEqualTo(401);
                assertThat(refused.headers().firstValue("WWW-Authenticate"))
                        .hasValue("Basic realm=\"bhyvescope\", charset=\"UTF-8\"");
                assertThat(refused.body()).isEqualTo("Unauthorized\n");
            }
            assertThat(get(uri, client, "Authorization", basic("alice:wrong")).statusCode())
                    .isEqualTo(401);
            assertThat(get(uri, client, "Authorization", basic("alice:secret")).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void minVersionIsHeld() throws Exception {
        SSLParameters old = new SSLParameters();
        old.setProtocols(new String[] {"TLSv1.2"});
        HttpClient client = HttpClient.newBuilder()
                .sslContext(TestCa.client(made.resolve("ca.pem"), Optional.empty()))
                .sslParameters(old)
                .build();
        try (WebServer server = started(security(TLS))) {
            assertThat(get(uri(server, "https"), client).statusCode()).isEqualTo(200);
        }
        try (WebServer server = started(security(TLS + "  min_version: TLS13\n"))) {
            assertThatThrownBy(() -> get(uri(server, "https"), client)).isInstanceOf(SSLException.class);
            assertThat(served(server)).isEqualTo("CN=server");
        }
    }

    @Test
    void onlyAClientWithACertificateOfTheCaInItsTimeIsServed() throws Exception {
        try (WebServer server = started(security(TLS + VERIFY))) {
            assertThat(get(uri(server, "https"), client(Optional.of("scraper"))).statusCode())
                    .isEqualTo(200);
            for (Optional<String> other :
                    List.of(Optional.<String>empty(), Optional.of("stranger"), Optional.of("expired"))) {
                assertThatThrownBy(() -> get(uri(server, "https"), client(other)))
                        .as(other.toString())
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void aCertificateThatNeedNotBeVerifiedIsOnlyAskedFor() throws Exception {
        try (WebServer server = started(security(TLS + "  client_auth_type: RequireAnyClientCert\n"))) {
            assertThat(get(uri(server, "https"), client(Optional.of("stranger")))
                            .statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> get(uri(server, "https"), client(Optional.empty())))
                    .isInstanceOf(IOException.class);
        }
        try (WebServer server =
                started(security(TLS + VERIFY.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")))) {
            assertThat(get(uri(server, "https"), client(Optional.empty())).statusCode())
                    .isEqualTo(200);
            assertThatThrownBy(() -> get(uri(server, "https"), client(Optional.of("expired"))))
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aSessionOfAClientWhoseCaIsNoMoreIsNotResumed() throws Exception {
        WebSecurity security = security(TLS + VERIFY);
        SSLContext context = TestCa.client(made.resolve("ca.pem"), Optional.of("scraper"));
        try (WebServer server = started(security)) {
            assertThat(get(uri(server, "https"), client(context)).statusCode()).isEqualTo(200);
            assertThat(get(uri(server, "https"), client(context)).statusCode()).isEqualTo(200);
            write(TLS + VERIFY.replace("ca.pem", "other.pem"));
            security.reload();
            assertThat(logged()).singleElement().asString().contains("re-read");
            assertThatThrownBy(() -> get(uri(server, "https"), client(context))).isInstanceOf(IOException.class);
        }
    }

    /** A client of its own, and so a connection of its own, with the sessions of the context. */
    private static HttpClient client(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    /** It has shown no certificate, and would go on being served without one. */
    @Test
    void aConnectionOfBeforeAReloadIsClosedWithoutAnAnswer() throws Exception {
        WebSecurity security = security(TLS);
        SSLContext context = TestCa.client(made.resolve("ca.pem"), Optional.empty());
        try (WebServer server = started(security);
                SSLSocket asked = connected(server, context);
                SSLSocket unasked = connected(server, context)) {
            assertThat(answer(asked)).startsWith("HTTP/1.1 200");
            assertThat(answer(asked)).startsWith("HTTP/1.1 200");
            write(TLS + VERIFY);
            security.reload();
            assertThat(answer(asked)).isEmpty();
            assertThat(answer(unasked)).isEmpty();
        }
    }

    private static SSLSocket connected(WebServer server, SSLContext context) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket("127.0.0.1", server.addresses().get(0).getPort());
        socket.setSoTimeout(10_000);
        socket.startHandshake();
        return socket;
    }

    /** The head of an answer; empty if the connection is closed instead. */
    private static String answer(SSLSocket socket) {
        StringBuilder head = new StringBuilder();
        try {
            socket.getOutputStream().write("HEAD /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
            int next;
            while (head.indexOf("\r\n\r\n") < 0
                    && (next = socket.getInputStream().read()) >= 0) {
                head.append((char) next);
            }
        } catch (SocketTimeoutException e) {
            return "nothing for 10 s";
        } catch (IOException e) {
            return "";
        }
        return head.toString();
    }

    @Test
    void aCertificateThatHasChangedIsServedFromTheNextLookOn() throws Exception {
        try (WebServer server = started(security(TLS))) {
            assertThat(served(server)).isEqualTo("CN=server");
            use("second");
            assertThat(served(server)).as("looked at a moment ago").isEqualTo("CN=server");
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            assertThat(served(server)).isEqualTo("CN=second");
            assertThat(logged()).hasSize(2).last().asString().contains("re-read: tls CN=second TLS12");
        }
    }

    @Test
    void aBrokenCertificateKeepsTheOldOneAndIsLoggedOnce() throws Exception {
        try (WebServer server = started(security(TLS))) {
            put("second.pem", "server.pem"); // without its key
            for (int i = 0; i < 3; i++) {
                now.addAndGet(TimeUnit.SECONDS.toNanos(1));
                assertThat(served(server)).isEqualTo("CN=server");
            }
            assertThat(logged()).hasSize(2).last().asString().contains("does not belong");
            put("second.key", "server.key");
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            assertThat(served(server)).isEqualTo("CN=second");
        }
    }

    @Test
    void aReloadChangesUsersAndForgetsWhatWasRight() throws Exception {
        WebSecurity security = security(USERS);
        try (WebServer server = started(security)) {
            URI uri = uri(server, "http");
            HttpClient client = HttpClient.newHttpClient();
            assertThat(get(uri, client, "Authorization", basic("alice:secret")).statusCode())
                    .isEqualTo(200);
            write("basic_auth_users:\n  alice: nothing\n");
            security.reload();
            assertThat(logged())
                    .singleElement()
                    .asString()
                    .contains("the one before stays in force", "not a bcrypt hash");
            assertThat(get(uri, client, "Authorization", basic("alice:secret")).statusCode())
                    .isEqualTo(200);
            write(USERS.replace("alice", "bob"));
            security.reload();
            assertThat(get(uri, client, "Authorization", basic("alice:secret")).statusCode())
                    .isEqualTo(401);
            assertThat(get(uri, client, "Authorization", basic("bob:secret")).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void tlsIsTurnedOnAndOffByARestartOnly() throws Exception {
        WebSecurity security = security(USERS);
        write(TLS + USERS);
        security.reload();
        assertThat(logged()).singleElement().asString().endsWith("TLS is turned on by a restart only");
        assertThat(security.isTls()).isFalse();

        WebSecurity secure = security(TLS);
        write(USERS);
        secure.reload();
        assertThat(logged()).last().asString().endsWith("TLS is turned off by a restart only");
    }

    /** Over TLS the JDK's own limit would make the whole server stand still. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatDoesNotFetchItsAnswersIsCutOffAndKeepsNobodyElseWaiting(boolean tls) throws Exception {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((Collector) () -> InfoSnapshot.builder()
                .name("large")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("label", "x".repeat(1 << 20)))
                        .build())
                .build());
        Deadlines.Limits brief = new Deadlines.Limits(Duration.ofSeconds(20), Duration.ofSeconds(1));
        try (WebServer server = started(security(tls ? TLS : "{}"), registry, brief)) {
            int port = server.addresses().get(0).getPort();
            try (Socket slow = new Socket()) {
                slow.setReceiveBufferSize(4096);
                slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                Socket speaking = tls
                        ? TestCa.client(made.resolve("ca.pem"), Optional.empty())
                                .getSocketFactory()
                                .createSocket(slow, "127.0.0.1", port, false)
                        : slow;
                byte[] request =
                        "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20).getBytes(UTF_8);
                speaking.getOutputStream().write(request);
                await(() -> server.active() == 1);
                await(() -> server.active() == 0);
                URI uri = uri(server, tls ? "https" : "http");
                assertThat(get(uri, client(Optional.empty())).statusCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void closeDoesNotWaitForAClientThatDoesNotFetchItsAnswer() throws Exception {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register((Collector) () -> InfoSnapshot.builder()
                .name("large")
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                        .labels(Labels.of("label", "x".repeat(8 << 20)))
                        .build())
                .build());
        WebServer server = started(security(TLS), registry, Deadlines.Limits.USUAL);
        int port = server.addresses().get(0).getPort();
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            Socket speaking = TestCa.client(made.resolve("ca.pem"), Optional.empty())
                    .getSocketFactory()
                    .createSocket(slow, "127.0.0.1", port, false);
            speaking.getOutputStream().write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(UTF_8));
            // Of 8 MB little has room in the buffers.
            await(WebSecurityTest::anAnswerIsBeingWritten);
            long begun = System.nanoTime();
            server.close();
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
    }

    private static boolean anAnswerIsBeingWritten() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().equals("web"))
                .anyMatch(entry -> {
                    List<String> methods = Stream.of(entry.getValue())
                            .map(StackTraceElement::getMethodName)
                            .toList();
                    return methods.contains("wrapAndSend") && methods.get(0).startsWith("write");
                });
    }

    private static void await(BooleanSupplier condition) {
        long begun = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(40));
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void anUnfinishedHandshakeKeepsNobodyElseWaiting() throws Exception {
        try (WebServer server = started(security(TLS))) {
            try (Socket first = new Socket(
                            InetAddress.getLoopbackAddress(),
                            server.addresses().get(0).getPort());
                    Socket second = new Socket(
                            InetAddress.getLoopbackAddress(),
                            server.addresses().get(0).getPort());
                    Socket third = new Socket(
                            InetAddress.getLoopbackAddress(),
                            server.addresses().get(0).getPort())) {
                for (Socket socket : List.of(first, second, third)) {
                    socket.getOutputStream().write(new byte[] {0x16, 3, 1});
                }
                long begun = System.nanoTime();
                assertThat(served(server)).isEqualTo("CN=server");
                assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(8));
            }
        }
    }
}
