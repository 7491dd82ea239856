package org.bhyvescope.web;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bhyvescope.web.config.Bcrypt;
import org.jspecify.annotations.Nullable;

/**
 * Who may read. What was right once costs a digest; everything else costs a bcrypt check, of which there is one at a time. After a wrong
 * one there is a pause of four times what it took: wrong passwords in a loop, from anywhere, get a fifth of one CPU, never more, and keep
 * no thread from scrapes.
 */
final class BasicAuth {
    private static final int PAUSE = 4;
    private static final long PATIENCE_SECONDS = 8;

    /** What comes of a request. */
    enum Verdict {
        ALLOWED,
        /** No credentials, or wrong ones. */
        REFUSED,
        /** Too many checks at a time: not known. */
        BUSY
    }

    /** Compares a password with a hash. */
    interface Check {
        boolean matches(byte[] password, String hash);
    }

    private final Map<String, String> users;
    private final String nobody;
    private final Check check;
    private final LongSupplier nanoTime;
    private final Verified verified = new Verified();
    private final Waiting waiting = new Waiting();
    private final Semaphore turn = new Semaphore(1, true);
    private long pauseUntil;

    /** @param users bcrypt hashes by name, not empty */
    BasicAuth(Map<String, String> users, Check check, LongSupplier nanoTime) {
        this.users = Map.copyOf(users);
        this.nobody = Bcrypt.unmatched(this.users.values());
        this.check = check;
        this.nanoTime = nanoTime;
        this.pauseUntil = nanoTime.getAsLong();
    }

    Map<String, String> users() {
        return users;
    }

    /**
     * Judges a request; waits at most some seconds.
     *
     * @param header of the name Authorization
     * @param from the client
     */
    Verdict judge(@Nullable String header, InetAddress from) {
        Optional<Credentials> given = Credentials.parse(header);
        if (given.isEmpty()) {
            return Verdict.REFUSED;
        }
        byte[] digest = verified.digest(given.get());
        if (verified.contains(digest)) {
            return Verdict.ALLOWED;
        }
        if (!waiting.enter(from)) {
            return Verdict.BUSY;
        }
        try {
            if (!turn.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return Verdict.BUSY;
            }
            try {
                return checked(given.get(), digest);
            } finally {
                turn.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Verdict.BUSY;
        } finally {
            waiting.leave(from);
        }
    }

    private Verdict checked(Credentials given, byte[] digest) throws InterruptedException {
        if (verified.contains(digest)) {
            return Verdict.ALLOWED; // another request brought the same meanwhile
        }
        TimeUnit.NANOSECONDS.sleep(pauseUntil - nanoTime.getAsLong());
        String hash = users.get(given.user());
        long begun = nanoTime.getAsLong();
        boolean right = check.matches(given.password(), hash == null ? nobody : hash);
        long ended = nanoTime.getAsLong();
        if (right && hash != null) {
            verified.add(digest);
            return Verdict.ALLOWED;
        }
        pauseUntil = ended + PAUSE * (ended - begun);
        return Verdict.REFUSED;
    }
}
