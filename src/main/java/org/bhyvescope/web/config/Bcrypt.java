package org.bhyvescope.web.config;

import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.security.crypto.bcrypt.BCrypt;

/** Hashes of passwords: {@code $2y$COST$} and 22 characters of salt with 31 of the hash. */
public final class Bcrypt {
    private static final Pattern FORM = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final int CHEAPEST = 4;
    private static final int DEAREST = 31;
    private static final int TRIED = 7;

    private Bcrypt() {}

    /** The cost of a hash, 4 to 31: each one more takes twice as long. Empty if it is no hash. */
    static OptionalInt cost(String hash) {
        Matcher m = FORM.matcher(hash);
        if (!m.matches()) {
            return OptionalInt.empty();
        }
        int cost = Integer.parseInt(m.group(1));
        return cost < CHEAPEST || cost > DEAREST ? OptionalInt.empty() : OptionalInt.of(cost);
    }

    /** Whether the password is the one of the hash. Takes as long as the hash's cost says, whatever the password. */
    public static boolean matches(byte[] password, String hash) {
        return BCrypt.checkpw(password, hash);
    }

    /** How many seconds a check of this cost takes here, from one of a low cost. */
    static double secondsOf(int cost, LongSupplier nanoTime) {
        long begun = nanoTime.getAsLong();
        matches(new byte[] {'x'}, unmatched(TRIED));
        return (nanoTime.getAsLong() - begun) / 1e9 * Math.pow(2, cost - TRIED);
    }

    /** A hash of this cost that no password has. */
    static String unmatched(int cost) {
        // 53 zero bits' characters: the chance that a password hashes to them is that of guessing 184 bits.
        return "$2y$" + (cost < 10 ? "0" : "") + cost + "$" + ".".repeat(53);
    }

    /** A hash that no password has and whose check takes as long as the dearest of these. */
    public static String unmatched(Iterable<String> hashes) {
        int dearest = CHEAPEST;
        for (String hash : hashes) {
            dearest = Math.max(dearest, cost(hash).orElse(CHEAPEST));
        }
        return unmatched(dearest);
    }
}
