package org.bhyvescope.web;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.web.config.ClientAuth;
import org.bhyvescope.web.config.WebConfig;

/** What an operator should know who lets others than this host reach the agent. */
public final class Exposure {
    private static final int JAVA_17 = 17;
    private static final int JAVA_21 = 21;
    private static final int JAVA_24 = 24;

    private Exposure() {}

    /** Warnings, a line each; none for the loopback address. */
    public static List<String> warnings(
            List<ListenAddress> addresses, Optional<WebConfig> config, Runtime.Version java) {
        List<String> open = addresses.stream()
                .filter(address -> !isLoopback(address))
                .map(ListenAddress::toString)
                .toList();
        if (open.isEmpty()) {
            return List.of();
        }
        List<String> warnings = new ArrayList<>();
        String where = "listening on " + String.join(", ", open) + ", beyond this host, ";
        if (!knowsClients(config)) {
            warnings.add(
                    where + "without authentication: whoever reaches it reads the names of all VMs and what they do; "
                            + "--web.config.file with basic_auth_users or client certificates");
        }
        if (config.flatMap(WebConfig::tls).isEmpty()) {
            warnings.add(where + "without TLS: what is read, and passwords, can be read on the way; "
                    + "--web.config.file with tls_server_config");
        }
        if (!boundsRequests(java)) {
            warnings.add(
                    where + "on Java " + java + ", which does not bound the size of a request: one client can make the "
                            + "agent run out of memory; take a newer one (17.0.13, 21.0.5 or later)");
        }
        return warnings;
    }

    private static boolean knowsClients(Optional<WebConfig> config) {
        return config.filter(c -> !c.users().isEmpty()
                        || c.tls()
                                .filter(tls -> tls.clientAuth() == ClientAuth.REQUIRE_AND_VERIFY)
                                .isPresent())
                .isPresent();
    }

    private static boolean isLoopback(ListenAddress address) {
        InetAddress resolved = address.resolve().getAddress();
        return resolved != null && resolved.isLoopbackAddress();
    }

    /** The releases of October 2024 brought sun.net.httpserver.maxReqHeaderSize. */
    static boolean boundsRequests(Runtime.Version java) {
        return switch (java.feature()) {
            case JAVA_17 -> java.update() >= 13;
            case JAVA_21 -> java.update() >= 5;
            case 23 -> java.update() >= 1;
            default -> java.feature() >= JAVA_24;
        };
    }
}
