package org.bhyvescope.web;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bhyvescope.web.config.TlsConfig;

/** Which certificates of clients are taken; can be replaced. */
final class ClientTrust extends X509ExtendedTrustManager {
    private volatile Optional<X509ExtendedTrustManager> verifier = Optional.empty();

    /** @throws GeneralSecurityException if Java does not take the CA's certificates */
    void replace(TlsConfig config) throws GeneralSecurityException {
        verifier = config.clientAuth().verifies() ? Optional.of(verifier(config)) : Optional.empty();
    }

    private static X509ExtendedTrustManager verifier(TlsConfig config) throws GeneralSecurityException {
        KeyStore cas = KeyStore.getInstance("PKCS12");
        try {
            cas.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        int number = 0;
        for (X509Certificate ca : config.clientCas()) {
            cas.setCertificateEntry("ca-" + number++, ca);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(cas);
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        Optional<X509ExtendedTrustManager> now = verifier;
        if (now.isPresent()) {
            now.get().checkClientTrusted(chain, authType, engine);
        }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return verifier.map(X509ExtendedTrustManager::getAcceptedIssuers).orElse(new X509Certificate[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw notOurs();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw notOurs();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw notOurs();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw notOurs();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw notOurs();
    }

    private static CertificateException notOurs() {
        return new CertificateException("only clients are judged, and by engine");
    }
}
