package org.bhyvescope.web.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Judges {@code tls_server_config} and the files that it names. */
final class TlsSection {
    private static final String CERT = "cert_file";
    private static final String KEY = "key_file";
    private static final String CLIENT_CA = "client_ca_file";
    private static final String CLIENT_AUTH = "client_auth_type";
    private static final String MIN_VERSION = "min_version";
    private static final Set<String> KEYS = Set.of(CERT, KEY, CLIENT_CA, CLIENT_AUTH, MIN_VERSION);

    private final Section section;
    private final Judgement judgement;
    private final int line;

    /** @param line of the section's key */
    TlsSection(Section section, Judgement judgement, int line) {
        this.section = section;
        this.judgement = judgement;
        this.line = line;
    }

    private interface Parser<T> {
        T parse(String text) throws BadFileException;
    }

    /** Empty if something was refused. */
    Optional<TlsConfig> judge() {
        section.allow(KEYS);
        Optional<Path> certFile = required(CERT);
        Optional<Path> keyFile = required(KEY);
        Optional<Path> caFile = section.text(CLIENT_CA).flatMap(name -> path(CLIENT_CA, name));
        ClientAuth clientAuth = clientAuth();
        TlsVersion minVersion = minVersion();
        List<Path> files =
                Stream.of(certFile, keyFile, caFile).flatMap(Optional::stream).toList();
        // Before they are read: what changes while they are is looked at again.
        FileStamp stamp = FileStamp.of(files);
        Optional<List<X509Certificate>> chain = certFile.flatMap(file -> parsed(CERT, file, Certificates::of));
        Optional<PrivateKey> key = keyFile.flatMap(this::key);
        Optional<List<X509Certificate>> clientCas = caFile.flatMap(file -> parsed(CLIENT_CA, file, Certificates::of));
        if (chain.isPresent() && key.isPresent()) {
            belong(chain.get(), key.get());
        }
        chain.ifPresent(this::isInItsTime);
        if (chain.isEmpty() || key.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TlsConfig(
                chain.get(),
                key.get(),
                clientAuth.verifies() ? clientCas.orElse(List.of()) : List.of(),
                clientAuth,
                minVersion,
                files,
                stamp));
    }

    private Optional<Path> required(String key) {
        if (section.entry(key).isEmpty()) {
            judgement.refuse(line, section.path(key), "is missing; cert_file and key_file are both needed for TLS");
        }
        return section.text(key).flatMap(name -> path(key, name));
    }

    private Optional<Path> path(String key, String name) {
        try {
            return Optional.of(judgement.resolve(name));
        } catch (InvalidPathException e) {
            judgement.refuse(section.line(key), section.path(key), "is not a path: " + e.getReason());
            return Optional.empty();
        }
    }

    private <T> Optional<T> parsed(String key, Path file, Parser<T> parser) {
        try {
            return Optional.of(parser.parse(TextFile.read(file)));
        } catch (BadFileException e) {
            judgement.refuse(section.line(key), section.path(key), file + " " + e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<PrivateKey> key(Path file) {
        if (TextFile.isOpenToAll(file)) {
            judgement.refuse(
                    section.line(KEY),
                    section.path(KEY),
                    file + " is open to every user of this host; chmod 0640 it, with the agent's group");
        }
        return parsed(KEY, file, PrivateKeys::of);
    }

    private void belong(List<X509Certificate> chain, PrivateKey key) {
        if (!Certificates.belongs(key, chain.get(0).getPublicKey())) {
            judgement.refuse(
                    section.line(KEY),
                    section.path(KEY),
                    "holds an " + key.getAlgorithm()
                            + " key that does not belong to the first certificate of cert_file ("
                            + chain.get(0).getSubjectX500Principal()
                            + ")");
        }
    }

    private void isInItsTime(List<X509Certificate> chain) {
        try {
            chain.get(0).checkValidity();
        } catch (CertificateExpiredException e) {
            judgement.warn(
                    section.line(CERT),
                    section.path(CERT),
                    "the certificate has expired (" + chain.get(0).getNotAfter().toInstant()
                            + "): clients will refuse it");
        } catch (CertificateNotYetValidException e) {
            judgement.warn(
                    section.line(CERT),
                    section.path(CERT),
                    "the certificate is not valid yet ("
                            + chain.get(0).getNotBefore().toInstant() + "): clients will refuse it");
        }
    }

    private ClientAuth clientAuth() {
        Optional<String> text = section.text(CLIENT_AUTH);
        Optional<ClientAuth> known = text.flatMap(ClientAuth::of);
        if (text.isPresent() && known.isEmpty()) {
            judgement.refuse(
                    section.line(CLIENT_AUTH), section.path(CLIENT_AUTH), "must be one of " + ClientAuth.names());
            return ClientAuth.NONE;
        }
        boolean hasCa = section.entry(CLIENT_CA).isPresent();
        if (hasCa && section.entry(CLIENT_AUTH).isEmpty()) {
            judgement.refuse(
                    section.line(CLIENT_CA),
                    section.path(CLIENT_CA),
                    "goes with client_auth_type, without which no client is asked; RequireAndVerifyClientCert is what is "
                            + "meant most of the time");
        }
        ClientAuth auth = known.orElse(ClientAuth.NONE);
        if (auth.verifies() && !hasCa) {
            judgement.refuse(
                    section.line(CLIENT_AUTH),
                    section.path(CLIENT_AUTH),
                    auth.text() + " needs client_ca_file: the CA that signs the certificates of scrapers");
        } else if (known.isPresent() && !auth.verifies() && hasCa) {
            judgement.refuse(
                    section.line(CLIENT_CA),
                    section.path(CLIENT_CA),
                    "is of no use: " + auth.text() + " verifies nothing; RequireAndVerifyClientCert does");
        } else if (auth.asks() && !auth.verifies()) {
            judgement.warn(
                    section.line(CLIENT_AUTH),
                    section.path(CLIENT_AUTH),
                    auth.text() + " takes any certificate, and so protects nothing");
        }
        return auth;
    }

    private TlsVersion minVersion() {
        Optional<String> text = section.text(MIN_VERSION);
        if (text.isEmpty()) {
            return TlsVersion.TLS12;
        }
        if (text.get().equals("TLS10") || text.get().equals("TLS11")) {
            judgement.refuse(
                    section.line(MIN_VERSION),
                    section.path(MIN_VERSION),
                    text.get() + " is not served: Java has turned it off as unsafe; TLS12 or TLS13");
            return TlsVersion.TLS12;
        }
        return Arrays.stream(TlsVersion.values())
                .filter(version -> version.name().equals(text.get()))
                .findFirst()
                .orElseGet(() -> {
                    judgement.refuse(section.line(MIN_VERSION), section.path(MIN_VERSION), "must be TLS12 or TLS13");
                    return TlsVersion.TLS12;
                });
    }
}
