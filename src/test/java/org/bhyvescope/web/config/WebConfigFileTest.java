package org.bhyvescope.web.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.bhyvescope.TestCa;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebConfigFileTest {
    private static final String HASH = "$2y$04$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S";
    private static final String TLS = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n";
    private static final Path REPOSITORY = Path.of("").toAbsolutePath();

    /** Certificates are made once: openssl takes a while. */
    @TempDir
    static Path made;

    @TempDir
    Path directory;

    private Path file;

    @BeforeAll
    static void makeCertificates() throws Exception {
        TestCa ca = new TestCa(made, "ca");
        ca.issue("server");
        ca.issue("other");
        ca.issueExpired("expired");
    }

    @BeforeEach
    void copyCertificates() throws IOException {
        for (String name : List.of("ca.pem", "server.pem", "server.key", "other.key", "expired.pem", "expired.key")) {
            Files.copy(made.resolve(name), directory.resolve(name));
        }
        file = directory.resolve("web.yml");
    }

    private WebConfigFile.Reading read(String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        return WebConfigFile.read(file, () -> 0);
    }

    private WebConfigFile.Good good(String text) throws IOException {
        WebConfigFile.Reading reading = read(text);
        assertThat(reading).isInstanceOf(WebConfigFile.Good.class);
        return (WebConfigFile.Good) reading;
    }

    /** The problems, without the file's name. */
    private List<String> problems(String text) throws IOException {
        WebConfigFile.Reading reading = read(text);
        assertThat(reading).isInstanceOf(WebConfigFile.Refused.class);
        return ((WebConfigFile.Refused) reading)
                .problems().stream()
                        .peek(problem -> assertThat(problem).startsWith(file + ":"))
                        .map(problem -> problem.substring(file.toString().length() + 1)
                                .replace(directory + "/", "")
                                .strip())
                        .toList();
    }

    @Test
    void everythingThatIsUnderstoodIsTaken() throws IOException {
        WebConfigFile.Good good = good("""
                tls_server_config:
                  cert_file: server.pem
                  key_file: %s/server.key
                  client_ca_file: ca.pem
                  client_auth_type: RequireAndVerifyClientCert
                  min_version: TLS13
                basic_auth_users:
                  alice: %s
                  "bob b": '%s'
                """.formatted(directory, HASH, HASH.replace("$2y", "$2a")));
        assertThat(good.warnings()).isEmpty();
        assertThat(good.config().users()).containsOnlyKeys("alice", "bob b").containsEntry("alice", HASH);
        TlsConfig tls = good.config().tls().orElseThrow();
        assertThat(tls.chain()).hasSize(1);
        assertThat(tls.clientCas()).hasSize(1);
        assertThat(tls.clientAuth()).isEqualTo(ClientAuth.REQUIRE_AND_VERIFY);
        assertThat(tls.minVersion().protocols()).containsExactly("TLSv1.3");
        assertThat(tls.files())
                .containsExactly(
                        directory.resolve("server.pem"), directory.resolve("server.key"), directory.resolve("ca.pem"));
        assertThat(good.toString()).doesNotContain(HASH, "PrivateKey");
    }

    @Test
    void defaultsAreTheToolkits() throws IOException {
        TlsConfig tls = good(TLS).config().tls().orElseThrow();
        assertThat(tls.minVersion().protocols()).containsExactly("TLSv1.3", "TLSv1.2");
        assertThat(tls.clientAuth()).isEqualTo(ClientAuth.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# nothing\n", "{}\n"})
    void anEmptyFileIsTakenWithAWarning(String text) throws IOException {
        assertThat(good(text).warnings())
                .containsExactly(file
                        + ": has neither tls_server_config nor basic_auth_users: everybody may read, over plain HTTP");
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() throws IOException {
        assertThat(problems("""
                tls_server_config:
                  cert_file: missing.pem
                  key_file: 12
                  min_version: TLS11
                  client_auth_type: Whatever
                  cipher_suites: [a]
                  certfile: x
                http_server_config: {}
                nothing: x
                basic_auth_users:
                  alice: secret
                  bob: [x]
                """))
                .containsExactly(
                        "8: http_server_config: is not supported; remove it: HTTP/1.1 alone is served, and the security headers are always set",
                        "9: nothing: is not a key of this place; known are basic_auth_users, tls_server_config",
                        "6: tls_server_config.cipher_suites: is not supported; remove it: Java's own choice is used, which its security properties narrow (jdk.tls.disabledAlgorithms)",
                        "7: tls_server_config.certfile: is not a key of this place; known are cert_file, client_auth_type, client_ca_file, key_file, min_version",
                        "3: tls_server_config.key_file: must be a text; put it into quotes: \"12\"",
                        "5: tls_server_config.client_auth_type: must be one of NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
                        "4: tls_server_config.min_version: TLS11 is not served: Java has turned it off as unsafe; TLS12 or TLS13",
                        "2: tls_server_config.cert_file: missing.pem is not there",
                        "11: basic_auth_users.alice: is not a bcrypt hash, which begins with $2y$, $2b$ or $2a$; make one with htpasswd -nBC 10 NAME",
                        "12: basic_auth_users.bob: must be a text");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tls_server_config: x | 1: tls_server_config: must be a mapping, lines like \"key: value\"",
                "[a] | 1: the file: must be a mapping, lines like \"key: value\"",
                "{a: | 1: not YAML: ",
                "basic_auth_users: {} | 1: basic_auth_users: names no user; remove it if everybody may read",
                "basic_auth_users: {a: } | 1: basic_auth_users.a: is empty",
                "rate_limit: {burst: 1} | 1: rate_limit: is not supported; remove it: connections",
                "? [a] : b | is not YAML: Non scalar key",
            })
    void whatHasTheWrongShapeIsRefused(String text, String problem) throws IOException {
        assertThat(problems(text)).singleElement().asString().startsWith(problem.strip());
    }

    @Test
    void aKeyThatIsGivenTwiceIsRefused() throws IOException {
        assertThat(problems("basic_auth_users:\n  a: " + HASH + "\n  a: " + HASH + "\n"))
                .containsExactly("3: basic_auth_users.a: is given twice");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$2y$03$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S | has a cost outside 04 to 31",
                "$2y$32$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S | has a cost outside 04 to 31",
                "$2x$10$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60S | is a bcrypt hash of a kind that is broken",
                "$2y$10$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60 | is not a whole bcrypt hash",
                "$2y$10$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60SS | is not a whole bcrypt hash",
                "$2y$10$GKcVZHEpyyLoheYGrCG.B.kX.8plKcM9rai.ncR5TTSm4TT85k60! | is not a whole bcrypt hash",
                "$apr1$x$y | is not a bcrypt hash",
                "hunter2 | is not a bcrypt hash",
            })
    void aBadHashIsRefusedAndNotShown(String hash, String rule) throws IOException {
        assertThat(problems("basic_auth_users:\n  a: '" + hash + "'\n"))
                .singleElement()
                .asString()
                .startsWith("2: basic_auth_users.a: " + rule)
                .doesNotContain(hash);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2a", "2b", "2y"})
    void aHashOfEachKindMatchesItsPasswordAndNoOther(String kind) {
        String hash = HASH.replace("2y", kind);
        assertThat(Bcrypt.cost(hash)).hasValue(4);
        assertThat(Bcrypt.matches("secret".getBytes(UTF_8), hash)).isTrue();
        assertThat(Bcrypt.matches("Secret".getBytes(UTF_8), hash)).isFalse();
        assertThat(Bcrypt.matches(new byte[0], hash)).isFalse();
    }

    @Test
    void aHashThatTakesLongIsTakenWithAWarning() throws IOException {
        String hash = HASH.replace("$04$", "$14$");
        Files.writeString(file, "basic_auth_users:\n  a: " + hash + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        AtomicLong now = new AtomicLong();
        // The check of cost 7 seems to take 20 ms.
        WebConfigFile.Reading reading = WebConfigFile.read(file, () -> now.getAndAdd(20_000_000));
        assertThat(((WebConfigFile.Good) reading).warnings())
                .containsExactly(
                        file
                                + ":2: basic_auth_users.a: cost 14: checking this password takes some 3 s of a CPU; 10 is usual");
    }

    @Test
    void aNameThatNoUserCanHaveIsRefused() throws IOException {
        assertThat(problems("basic_auth_users:\n  'a:b': " + HASH + "\n"))
                .containsExactly("2: basic_auth_users.a:b: no user can have this name: empty, or with a colon");
    }

    @Test
    void aKeyThatDoesNotBelongIsRefused() throws IOException {
        assertThat(problems(TLS.replace("server.key", "other.key")))
                .containsExactly("3: tls_server_config.key_file: holds an EC key that does not belong to the first "
                        + "certificate of cert_file (CN=server)");
    }

    @Test
    void aKeyThatIsOpenToAllIsRefused() throws IOException {
        Files.setPosixFilePermissions(directory.resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(problems(TLS))
                .containsExactly(
                        "3: tls_server_config.key_file: server.key is open to every user of this host; chmod 0640 "
                                + "it, with the agent's group");
    }

    @Test
    void oneFileAloneIsRefused() throws IOException {
        assertThat(problems("tls_server_config:\n  cert_file: server.pem\n"))
                .containsExactly(
                        "1: tls_server_config.key_file: is missing; cert_file and key_file are both needed for TLS");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "client_ca_file: ca.pem | 4: tls_server_config.client_ca_file: goes with client_auth_type",
                "client_auth_type: RequireAndVerifyClientCert | 4: tls_server_config.client_auth_type: RequireAndVerifyClientCert needs client_ca_file",
                "client_auth_type: VerifyClientCertIfGiven | 4: tls_server_config.client_auth_type: VerifyClientCertIfGiven needs client_ca_file",
                "min_version: TLS14 | 4: tls_server_config.min_version: must be TLS12 or TLS13",
                "client_allowed_sans: [a] | 4: tls_server_config.client_allowed_sans: is not supported; names in client",
            })
    void aRuleOfTlsThatIsBrokenIsRefused(String line, String problem) throws IOException {
        assertThat(problems(TLS + "  " + line + "\n"))
                .singleElement()
                .asString()
                .startsWith(problem.strip());
    }

    @Test
    void aCaWhoseCertificatesNobodyVerifiesIsRefused() throws IOException {
        assertThat(problems(TLS + "  client_ca_file: ca.pem\n  client_auth_type: RequireAnyClientCert\n"))
                .containsExactly(
                        "4: tls_server_config.client_ca_file: is of no use: RequireAnyClientCert verifies nothing; "
                                + "RequireAndVerifyClientCert does");
    }

    @Test
    void whatProtectsNothingIsTakenWithAWarning() throws IOException {
        assertThat(good(TLS + "  client_auth_type: RequireAnyClientCert\n").warnings())
                .containsExactly(
                        file
                                + ":4: tls_server_config.client_auth_type: RequireAnyClientCert takes any certificate, and so protects nothing");
        assertThat(good(TLS.replace("server.", "expired.")).warnings())
                .singleElement()
                .asString()
                .contains("tls_server_config.cert_file: the certificate has expired");
    }

    @Test
    void hashesThatEverybodyMayReadAreTakenWithAWarning() throws IOException {
        Files.writeString(file, "basic_auth_users:\n  a: " + HASH + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(((WebConfigFile.Good) WebConfigFile.read(file, () -> 0)).warnings())
                .containsExactly(
                        file + ": is open to every user of this host, who can guess at its passwords; chmod 0640 it");
    }

    @Test
    void filesThatAreNoneAreRefused() throws IOException {
        assertThat(((WebConfigFile.Refused) WebConfigFile.read(directory.resolve("none"), () -> 0)).problems())
                .containsExactly(directory.resolve("none") + ": is not there");
        assertThat(((WebConfigFile.Refused) WebConfigFile.read(directory, () -> 0)).problems())
                .containsExactly(directory + ": is a directory");
        Files.write(file, new byte[] {'a', ':', ' ', (byte) 0xff});
        assertThat(((WebConfigFile.Refused) WebConfigFile.read(file, () -> 0)).problems())
                .singleElement()
                .asString()
                .contains("is no UTF-8 text");
        Files.write(file, new byte[(1 << 20) + 1]);
        assertThat(((WebConfigFile.Refused) WebConfigFile.read(file, () -> 0)).problems())
                .singleElement()
                .asString()
                .contains("is larger than 1 MiB");
    }

    @Test
    void theSampleIsAComment() throws IOException {
        assertThat(Files.readString(REPOSITORY.resolve("agent/etc/web.yml.sample"))
                        .lines())
                .isNotEmpty()
                .allMatch(line -> line.isEmpty() || line.startsWith("#"));
    }

    @Test
    void theSampleWithoutItsCommentsIsTaken() throws IOException {
        String sample = Files.readString(REPOSITORY.resolve("agent/etc/web.yml.sample"))
                .lines()
                .filter(line -> line.startsWith("#") && !line.matches("#|# \\S.*"))
                .map(line -> line.substring(1))
                .collect(Collectors.joining("\n"));
        Files.copy(directory.resolve("ca.pem"), directory.resolve("scrapers-ca.pem"));
        WebConfigFile.Good good = good(sample);
        assertThat(good.warnings()).isEmpty();
        assertThat(good.config().users()).hasSize(1);
        assertThat(good.config().tls().orElseThrow().clientAuth()).isEqualTo(ClientAuth.REQUIRE_AND_VERIFY);
    }

    @Test
    void aChangedFileShowsInItsStamp() throws IOException {
        List<Path> files = List.of(directory.resolve("server.pem"), directory.resolve("server.key"));
        FileStamp before = FileStamp.of(files);
        assertThat(FileStamp.of(files)).isEqualTo(before);
        Files.copy(directory.resolve("server.pem"), directory.resolve("new"));
        Files.move(directory.resolve("new"), directory.resolve("server.pem"), StandardCopyOption.REPLACE_EXISTING);
        assertThat(FileStamp.of(files)).isNotEqualTo(before);
        Files.delete(directory.resolve("server.key"));
        assertThat(FileStamp.of(files)).isNotEqualTo(before);
    }
}
