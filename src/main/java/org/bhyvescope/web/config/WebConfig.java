package org.bhyvescope.web.config;

import java.util.Map;
import java.util.Optional;

/**
 * What a web configuration file says.
 *
 * @param tls empty for plain HTTP
 * @param users bcrypt hashes by name; empty where everybody may read
 */
public record WebConfig(Optional<TlsConfig> tls, Map<String, String> users) {
    public WebConfig {
        users = Map.copyOf(users);
    }

    /** Without the hashes. */
    @Override
    public String toString() {
        return "tls " + tls.map(TlsConfig::toString).orElse("off") + ", users " + users.keySet();
    }
}
