package org.bhyvescope.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsExchange;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bhyvescope.web.config.Bcrypt;
import org.bhyvescope.web.config.FileStamp;
import org.bhyvescope.web.config.TlsConfig;
import org.bhyvescope.web.config.WebConfig;
import org.bhyvescope.web.config.WebConfigFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a web configuration file says, in force: TLS and users. Re-read when told, and when a file of the certificates has changed, which is
 * looked at before a handshake. A new one that is wrong leaves the old one in force and says why, once.
 */
public final class WebSecurity {
    private static final Logger LOG = LoggerFactory.getLogger(WebSecurity.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final LongSupplier nanoTime;
    private final Optional<Tls> tls;
    private volatile Optional<BasicAuth> auth;
    private FileStamp stamp;
    private List<Path> files;
    private long lookedAt;

    /**
     * Puts it into force.
     *
     * @param nanoTime monotonic clock, ns
     * @param wallMillis the clock that sessions of TLS go by, ms since 1970
     * @throws GeneralSecurityException if Java does not take what it holds
     */
    public WebSecurity(WebConfigFile.Good good, LongSupplier nanoTime, LongSupplier wallMillis)
            throws GeneralSecurityException {
        this.file = good.file();
        this.nanoTime = nanoTime;
        Optional<TlsConfig> config = good.config().tls();
        this.tls = config.isPresent() ? Optional.of(new Tls(config.get(), nanoTime, wallMillis)) : Optional.empty();
        this.files = config.map(TlsConfig::files).orElse(List.of());
        this.stamp = config.map(TlsConfig::stamp).orElse(FileStamp.of(List.of()));
        this.auth = auth(good.config());
        this.lookedAt = nanoTime.getAsLong();
    }

    private Optional<BasicAuth> auth(WebConfig config) {
        return config.users().isEmpty()
                ? Optional.empty()
                : Optional.of(new BasicAuth(config.users(), Bcrypt::matches, nanoTime));
    }

    /** Reads the file and those that it names anew. */
    public synchronized void reload() {
        stamp = FileStamp.of(files);
        WebConfigFile.Reading reading = WebConfigFile.read(file, nanoTime);
        if (reading instanceof WebConfigFile.Refused refused) {
            LOG.error(
                    "the web configuration is not taken, the one before stays in force: {}",
                    String.join("; ", refused.problems()));
            return;
        }
        WebConfigFile.Good good = (WebConfigFile.Good) reading;
        Optional<TlsConfig> fresh = good.config().tls();
        if (fresh.isPresent() != tls.isPresent()) {
            LOG.error(
                    "the web configuration is not taken, the one before stays in force: {}: TLS is turned {} by a restart only",
                    file,
                    fresh.isPresent() ? "on" : "off");
            return;
        }
        try {
            if (fresh.isPresent()) {
                tls.orElseThrow().replace(fresh.get());
                files = fresh.get().files();
                stamp = fresh.get().stamp();
            }
        } catch (GeneralSecurityException e) {
            LOG.error("the web configuration is not taken, the one before stays in force: {}", file, e);
            return;
        }
        if (!auth.map(BasicAuth::users).orElse(Map.of()).equals(good.config().users())) {
            auth = auth(good.config());
        }
        good.warnings().forEach(LOG::warn);
        LOG.info("{} re-read: {}", file, good.config());
    }

    /** Re-reads if files of the certificates have changed; a stat(2) each, at most once a second. */
    private void look() {
        synchronized (this) {
            if (nanoTime.getAsLong() - lookedAt < LOOK_NANOS) {
                return;
            }
            lookedAt = nanoTime.getAsLong();
            if (!FileStamp.of(files).equals(stamp)) {
                LOG.info("a file of the certificates has changed");
                reload();
            }
        }
    }

    /** Whether it speaks TLS. */
    public boolean isTls() {
        return tls.isPresent();
    }

    /** Whether a connection was made under a configuration that is not in force any more. */
    boolean isOld(HttpExchange exchange) {
        return tls.isPresent()
                && exchange instanceof HttpsExchange https
                && tls.get().isOld(https.getSSLSession());
    }

    Optional<BasicAuth> auth() {
        return auth;
    }

    HttpServer server(InetSocketAddress address, int backlog) throws IOException {
        return tls.isPresent() ? tls.get().server(address, backlog, this::look) : HttpServer.create(address, backlog);
    }
}
