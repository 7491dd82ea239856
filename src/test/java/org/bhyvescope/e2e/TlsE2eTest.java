package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bhyvescope.TestCa;
import org.bhyvescope.libc.Gcc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus scrapes the real program over TLS, with a client certificate and a password, and in every wrong way. */
class TlsE2eTest {
    private static final Duration LONG = Duration.ofSeconds(40);

    /** Of "secret", cost 5. */
    private static final String HASH = "$2y$05$b06QU4o/C3hxsftKb96mteQZhzkfrKZJ4B9KVxeDyfCXF6eNA/T4u";

    @TempDir
    Path directory;

    private static String job(
            String name, String scheme, String target, String ca, String certificate, String password) {
        StringBuilder job = new StringBuilder();
        job.append("- job_name: ").append(name).append('\n');
        job.append("  scheme: ").append(scheme).append('\n');
        job.append("  scrape_interval: 1s\n  scrape_timeout: 1s\n");
        if (scheme.equals("https")) {
            job.append("  tls_config:\n    ca_file: ").append(ca).append(".pem\n");
            if (!certificate.isEmpty()) {
                job.append("    cert_file: ").append(certificate).append(".pem\n");
                job.append("    key_file: ").append(certificate).append(".key\n");
            }
        }
        job.append("  basic_auth: {username: alice, password: ")
                .append(password)
                .append("}\n");
        return job.append("  static_configs: [{targets: ['")
                .append(target)
                .append("']}]\n")
                .toString();
    }

    private static void write(Path file, String text) throws Exception {
        Path fresh = Files.writeString(file.resolveSibling("web.yml.new"), text);
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r-----"));
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Takes some 15 s, most of it Prometheus' intervals. */
    @Test
    void prometheusIsServedInTheOneRightWayOnlyAndChangesAreFollowed() throws Exception {
        assumeTrue(
                Prometheus.find("prometheus").isPresent() || System.getenv("CI") != null,
                "skipped: prometheus is not installed");
        TestCa ca = new TestCa(directory, "ca");
        ca.issue("server");
        ca.issue("scraper");
        ca.issueExpired("expired");
        new TestCa(directory, "other").issue("stranger");
        String config = """
                tls_server_config:
                  cert_file: server.pem
                  key_file: server.key
                  client_ca_file: ca.pem
                  client_auth_type: RequireAndVerifyClientCert
                  min_version: TLS13
                basic_auth_users:
                  alice: %s
                """.formatted(HASH);
        Path file = directory.resolve("web.yml");
        write(file, config);
        TestHost host = new TestHost(directory, List.of("steady"));
        try (Program agent = Program.agent(host, "--web.config.file=web.yml")) {
            assertThat(agent.url()).startsWith("https://");
            String target = URI.create(agent.url()).getAuthority();
            String jobs = "scrape_configs:\n"
                    + job("right", "https", target, "ca", "scraper", "secret")
                    + job("wrong_password", "https", target, "ca", "scraper", "Secret")
                    + job("no_certificate", "https", target, "ca", "", "secret")
                    + job("unknown_certificate", "https", target, "ca", "stranger", "secret")
                    + job("expired_certificate", "https", target, "ca", "expired", "secret")
                    + job("plain_http", "http", target, "ca", "", "secret")
                    + job("other_ca", "https", target, "other", "scraper", "secret");
            try (Prometheus prometheus = Prometheus.start(directory, jobs)) {
                Map<String, Double> expected = new LinkedHashMap<>();
                for (String job : List.of(
                        "wrong_password",
                        "no_certificate",
                        "unknown_certificate",
                        "expired_certificate",
                        "plain_http",
                        "other_ca")) {
                    expected.put(job, 0.0);
                }
                expected.put("right", 1.0);
                prometheus.isUp(expected);
                assertThat(prometheus.query("bhyve_vm_vcpus{set=\"active\"}", "job"))
                        .containsOnlyKeys("right");

                // The server's certificate is of the other CA now; nobody tells the agent.
                Files.move(
                        directory.resolve("stranger.key"),
                        directory.resolve("server.key"),
                        StandardCopyOption.REPLACE_EXISTING);
                Files.move(
                        directory.resolve("stranger.pem"),
                        directory.resolve("server.pem"),
                        StandardCopyOption.REPLACE_EXISTING);
                // Also of a connection that was made with the old one.
                expected.put("right", 0.0);
                expected.put("other_ca", 1.0);
                prometheus.isUp(expected);

                // Who may read has changed; SIGHUP tells the agent, also the connections that are open.
                write(file, config.replace("alice", "bob"));
                agent.signal("HUP");
                expected.put("other_ca", 0.0);
                prometheus.isUp(expected);
                assertThat(agent.err()).contains("a file of the certificates has changed", "users [bob]");
            }
            agent.signal("TERM");
            assertThat(agent.exitCode(LONG)).isEqualTo(143);
            assertThat(agent.err()).doesNotContain("\tat ", "ERROR");
        }
    }

    /** The JDK's server asks for the name of each client, in the request's thread. */
    @Test
    void aDeadDnsHoldsUpNobody() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "skipped: LD_PRELOAD with glibc's names");
        TestCa ca = new TestCa(directory, "ca");
        ca.issue("server");
        write(directory.resolve("web.yml"), "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n");
        TestHost host = new TestHost(directory, List.of("steady"));
        String dead = Gcc.library("libdeaddns.so", "deaddns.c").toString();
        Map<String, String> preload = Map.of("LD_PRELOAD", dead);
        try (Program agent = Program.agent(host, preload, "--web.config.file=web.yml")) {
            HttpClient client = HttpClient.newBuilder()
                    .sslContext(TestCa.client(ca.pem(), Optional.empty()))
                    .build();
            HttpRequest request = HttpRequest.newBuilder(URI.create(agent.url() + "/metrics"))
                    .timeout(Duration.ofSeconds(8))
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("bhyvescope_build_info");
        }
    }

    @Test
    void withoutTheFlagNothingOfItIsLoadedAndWithItItIs() throws Exception {
        TestCa ca = new TestCa(directory, "ca");
        ca.issue("server");
        write(
                directory.resolve("web.yml"),
                "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\nbasic_auth_users:\n  a: " + HASH
                        + "\n");
        TestHost host = new TestHost(directory, List.of("steady"));
        List<String> parts = List.of(
                " org.snakeyaml.",
                " org.springframework.",
                " sun.security.ssl.",
                " javax.net.ssl.SSLContext ",
                " org.bhyvescope.web.config.WebConfigFile ");
        assertThat(loaded(host, parts)).isEmpty();
        // BCrypt itself is loaded with the first password.
        assertThat(loaded(host, parts, "--web.config.file=web.yml"))
                .containsExactlyInAnyOrder(
                        " org.snakeyaml.",
                        " sun.security.ssl.",
                        " javax.net.ssl.SSLContext ",
                        " org.bhyvescope.web.config.WebConfigFile ");
    }

    /** Which of these the JVM says it has loaded, once the agent has served a page, or TLS. */
    private List<String> loaded(TestHost host, List<String> parts, String... flags) throws Exception {
        Path log = Files.createTempFile(directory, "classes", ".log");
        Map<String, String> options = Map.of("BHYVESCOPE_JAVA_OPTS", "-Xlog:class+load:file=" + log);
        try (Program agent = Program.agent(host, options, flags)) {
            if (agent.url().startsWith("http:")) {
                agent.metricsWithRates();
                assertThat(agent.get("/")).contains("steady");
            }
            agent.signal("TERM");
            agent.exitCode(LONG);
        }
        String classes = Files.readString(log);
        assertThat(classes).contains(" org.bhyvescope.web.WebServer ");
        return parts.stream().filter(classes::contains).toList();
    }
}
