package org.bhyvescope.web;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bhyvescope.web.config.TlsConfig;
import org.jspecify.annotations.Nullable;

/**
 * The server's certificate, which can be replaced. A handshake asks for certificate and key one after the other: each replacement has a name
 * of its own, and the one before is remembered, so that both come from the same.
 */
final class ServerKey extends X509ExtendedKeyManager {
    private static final int REMEMBERED = 2;

    private final Deque<Named> known = new ArrayDeque<>();
    private int replacements;

    private record Named(String alias, TlsConfig config) {}

    synchronized void replace(TlsConfig config) {
        known.addFirst(new Named("certificate-" + replacements++, config));
        if (known.size() > REMEMBERED) {
            known.removeLast();
        }
    }

    private synchronized Optional<TlsConfig> find(String alias) {
        return known.stream()
                .filter(named -> named.alias().equals(alias))
                .map(Named::config)
                .findFirst();
    }

    @Override
    public synchronized @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
        Named current = known.getFirst();
        String own = current.config().chain().get(0).getPublicKey().getAlgorithm();
        return own.equals(keyType) ? current.alias() : null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return find(alias)
                .map(config -> config.chain().toArray(X509Certificate[]::new))
                .orElse(null);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return find(alias).map(TlsConfig::key).orElse(null);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(String[] keyType, Principal @Nullable [] issuers, Socket socket) {
        return null;
    }
}
