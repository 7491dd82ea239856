package org.bhyvescope.web.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/** Judges {@code basic_auth_users}. */
final class UsersSection {
    /** From here on it is worth to look how long a check takes: some 0.1 s at 10, twice that at each step. */
    private static final int PERHAPS_SLOW = 11;

    private static final double SLOW_SECONDS = 1;
    private static final String MADE_BY = "; make one with htpasswd -nBC 10 NAME";

    private final Section section;
    private final Judgement judgement;
    private final LongSupplier nanoTime;

    UsersSection(Section section, Judgement judgement, LongSupplier nanoTime) {
        this.section = section;
        this.judgement = judgement;
        this.nanoTime = nanoTime;
    }

    /** Hashes by user. */
    Map<String, String> judge() {
        Map<String, String> users = new LinkedHashMap<>();
        section.entries().forEach((user, entry) -> {
            if (user.isEmpty() || user.indexOf(':') >= 0) {
                judgement.refuse(
                        entry.line(), section.path(user), "no user can have this name: empty, or with a colon");
            }
            section.text(user, entry)
                    .filter(hash -> isGood(user, entry, hash))
                    .ifPresent(hash -> users.put(user, hash));
        });
        return users;
    }

    private boolean isGood(String user, Section.Entry entry, String hash) {
        Optional<String> wrong = wrong(hash);
        wrong.ifPresent(rule -> judgement.refuse(entry.line(), section.path(user), rule));
        OptionalInt cost = Bcrypt.cost(hash);
        if (wrong.isEmpty() && cost.isPresent() && cost.getAsInt() >= PERHAPS_SLOW) {
            double seconds = Bcrypt.secondsOf(cost.getAsInt(), nanoTime);
            if (seconds > SLOW_SECONDS) {
                judgement.warn(
                        entry.line(),
                        section.path(user),
                        String.format(
                                Locale.ROOT,
                                "cost %d: checking this password takes some %.0f s of a CPU; 10 is usual",
                                cost.getAsInt(),
                                seconds));
            }
        }
        return wrong.isEmpty();
    }

    /** What is wrong with a hash. Never shows it: it may be a password in clear. */
    static Optional<String> wrong(String hash) {
        if (Bcrypt.cost(hash).isPresent()) {
            return Optional.empty();
        }
        if (!hash.startsWith("$2")) {
            return Optional.of("is not a bcrypt hash, which begins with $2y$, $2b$ or $2a$" + MADE_BY);
        }
        if (hash.startsWith("$2x$") || hash.startsWith("$2$")) {
            return Optional.of("is a bcrypt hash of a kind that is broken; $2y$, $2b$ and $2a$ are taken" + MADE_BY);
        }
        if (hash.matches("\\$2[aby]\\$\\d\\d\\$.*") && !hash.matches("\\$2[aby]\\$(0[4-9]|[12]\\d|3[01])\\$.*")) {
            return Optional.of("has a cost outside 04 to 31" + MADE_BY);
        }
        return Optional.of("is not a whole bcrypt hash: $2y$, two digits, $, and 53 characters" + MADE_BY);
    }
}
