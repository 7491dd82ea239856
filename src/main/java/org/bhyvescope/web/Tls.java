package org.bhyvescope.web;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.TrustManager;
import org.bhyvescope.web.config.TlsConfig;

/** TLS of the server: one context for all connections, in which certificate, client CA and rules can be replaced. */
final class Tls {
    /** Java keeps 20,480 sessions otherwise, which a client that comes again and again would fill the heap with. */
    private static final int SESSIONS = 64;

    private static final int SESSION_SECONDS = 600;

    static {
        // Another handshake costs the server more than the client. TLS 1.3 has none.
        WebServer.setDefault("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        // Tickets that the server does not keep could not be taken back when the client CA changes.
        WebServer.setDefault("jdk.tls.server.enableSessionTicketExtension", "false");
    }

    private static final String GENERATION = "bhyvescope.generation";

    /** A connection on which nothing has been asked is closed before that: {@link Deadlines}. */
    private static final long UNASKED_NANOS = TimeUnit.SECONDS.toNanos(40);

    private final ServerKey key = new ServerKey();
    private final ClientTrust trust = new ClientTrust();
    private final SSLContext context;
    private final LongSupplier nanoTime;
    private final LongSupplier wallMillis;
    private volatile TlsConfig config;
    private int generation;
    private long replacedMillis;
    private long replacedNanos;

    /** @throws GeneralSecurityException if Java does not take what the configuration holds */
    Tls(TlsConfig config, LongSupplier nanoTime, LongSupplier wallMillis) throws GeneralSecurityException {
        this.config = config;
        this.nanoTime = nanoTime;
        this.wallMillis = wallMillis;
        trust.replace(config);
        key.replace(config);
        context = SSLContext.getInstance("TLS");
        context.init(new KeyManager[] {key}, new TrustManager[] {trust}, null);
        SSLSessionContext sessions = context.getServerSessionContext();
        sessions.setSessionCacheSize(SESSIONS);
        sessions.setSessionTimeout(SESSION_SECONDS);
    }

    /**
     * Whether a connection was made before what is in force now, and so with another key, or without the certificate that is asked
     * for now. By its first request it gets the generation that it is of; until then its age tells.
     */
    synchronized boolean isOld(SSLSession session) {
        if (session.getValue(GENERATION) instanceof Integer made) {
            return made != generation;
        }
        boolean old = generation > 0
                && nanoTime.getAsLong() - replacedNanos < UNASKED_NANOS
                && session.getCreationTime() <= replacedMillis;
        if (!old) {
            session.putValue(GENERATION, generation);
        }
        return old;
    }

    /** From the next handshake on; sessions of before are forgotten, connections of before are {@linkplain #isOld old}. */
    synchronized void replace(TlsConfig fresh) throws GeneralSecurityException {
        trust.replace(fresh);
        key.replace(fresh);
        config = fresh;
        SSLSessionContext sessions = context.getServerSessionContext();
        for (byte[] id : Collections.list(sessions.getIds())) {
            SSLSession session = sessions.getSession(id);
            if (session != null) {
                session.invalidate();
            }
        }
        generation++;
        replacedMillis = wallMillis.getAsLong();
        replacedNanos = nanoTime.getAsLong();
    }

    /**
     * A server, bound.
     *
     * @param beforeHandshake run before each one
     */
    HttpServer server(InetSocketAddress address, int backlog, Runnable beforeHandshake) throws IOException {
        HttpsServer server = HttpsServer.create(address, backlog);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters connection) {
                beforeHandshake.run();
                connection.setSSLParameters(parameters(config));
            }
        });
        return server;
    }

    private SSLParameters parameters(TlsConfig now) {
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(now.minVersion().protocols().toArray(String[]::new));
        if (now.clientAuth().requires()) {
            parameters.setNeedClientAuth(true);
        } else {
            parameters.setWantClientAuth(now.clientAuth().asks());
        }
        return parameters;
    }
}
