package org.bhyvescope.web.config;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * {@code tls_server_config}, with what its files hold.
 *
 * @param chain the server's certificate, then those that lead to its CA
 * @param key the certificate's
 * @param clientCas of whom certificates of clients must be; empty where they are not verified
 * @param files those that the certificates and the key were read from
 * @param stamp of the files, just before they were read
 */
public record TlsConfig(
        List<X509Certificate> chain,
        PrivateKey key,
        List<X509Certificate> clientCas,
        ClientAuth clientAuth,
        TlsVersion minVersion,
        List<Path> files,
        FileStamp stamp) {
    public TlsConfig {
        chain = List.copyOf(chain);
        clientCas = List.copyOf(clientCas);
        files = List.copyOf(files);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return chain.get(0).getSubjectX500Principal() + " " + minVersion + " " + clientAuth.text();
    }
}
