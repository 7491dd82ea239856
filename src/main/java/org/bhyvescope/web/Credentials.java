package org.bhyvescope.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** User and password of an Authorization header (RFC 7617), in UTF-8. */
@SuppressWarnings("ArrayRecordComponent")
record Credentials(String user, byte[] password) {
    private static final String SCHEME = "Basic ";

    /** Empty if there are none, or not of this scheme. */
    static Optional<Credentials> parse(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        byte[] decoded;
        try {
            decoded =
                    Base64.getDecoder().decode(header.substring(SCHEME.length()).strip());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        for (int i = 0; i < decoded.length; i++) {
            if (decoded[i] == ':') {
                String user = new String(decoded, 0, i, UTF_8);
                return Optional.of(new Credentials(user, Arrays.copyOfRange(decoded, i + 1, decoded.length)));
            }
        }
        return Optional.empty();
    }

    /** Without the password. */
    @Override
    public String toString() {
        return user;
    }
}
