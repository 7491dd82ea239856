package org.bhyvescope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A CA of a test, and certificates and keys of it, all made by openssl(1) in one directory. */
public final class TestCa {
    private static final String PASSWORD = "p12";

    private final Path directory;
    private final String name;

    /** Makes {@code NAME.pem} and {@code NAME.key}. */
    public TestCa(Path directory, String name) throws Exception {
        this.directory = directory;
        this.name = name;
        openssl(
                directory,
                ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=" + name
                                + " -addext basicConstraints=critical,CA:TRUE -keyout " + name + ".key -out " + name
                                + ".pem")
                        .split(" ", -1));
    }

    public Path pem() {
        return directory.resolve(name + ".pem");
    }

    /** Makes {@code NAME.pem} and {@code NAME.key} for localhost, with an EC key. */
    public void issue(String to) throws Exception {
        issue(to, 30);
    }

    /** The same, over already. */
    public void issueExpired(String to) throws Exception {
        issue(to, -1);
    }

    private void issue(String to, int days) throws Exception {
        openssl(
                directory,
                ("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + to + " -keyout " + to
                                + ".key -out " + to + ".csr")
                        .split(" ", -1));
        sign(to, days);
        Files.setPosixFilePermissions(directory.resolve(to + ".key"), PosixFilePermissions.fromString("rw-r-----"));
    }

    /** Makes {@code NAME.pem} for a key that is there. */
    public void sign(String to, int days) throws Exception {
        Path extensions = directory.resolve(to + ".ext");
        Files.writeString(extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
        openssl(
                directory,
                ("x509 -req -CAcreateserial -in " + to + ".csr -CA " + name + ".pem -CAkey " + name + ".key -days "
                                + days + " -extfile " + extensions + " -out " + to + ".pem")
                        .split(" ", -1));
    }

    /**
     * TLS of a client.
     *
     * @param ca of the server
     * @param own name of the client's certificate and key
     */
    public static SSLContext client(Path ca, Optional<String> own) throws Exception {
        KeyStore trusted = empty();
        try (InputStream in = Files.newInputStream(ca)) {
            trusted.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManager[] keys = own.isPresent() ? keys(ca.toAbsolutePath().getParent(), own.get()) : new KeyManager[0];
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyManager[] keys(Path directory, String own) throws Exception {
        openssl(
                directory,
                ("pkcs12 -export -in " + own + ".pem -inkey " + own + ".key -out " + own + ".p12 -passout pass:"
                                + PASSWORD)
                        .split(" ", -1));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve(own + ".p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD.toCharArray());
        return factory.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** Runs openssl in a directory; its failure is the test's. */
    public static void openssl(Path directory, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(args));
        Path log = Files.createTempFile(directory, "openssl", ".log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException(command + ": " + Files.readString(log));
        }
    }
}
