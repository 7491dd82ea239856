package org.bhyvescope.web.config;

import java.util.Arrays;
import java.util.Optional;

/** What is asked of clients: {@code client_auth_type}, by Go's names. */
public enum ClientAuth {
    /** No certificate is asked for. */
    NONE("NoClientCert", false, false, false),
    /** One is asked for, need not be sent, and is not verified. */
    REQUEST("RequestClientCert", true, false, false),
    /** One must be sent, and is not verified. */
    REQUIRE_ANY("RequireAnyClientCert", true, true, false),
    /** One need not be sent, but is verified if it is. */
    VERIFY_IF_GIVEN("VerifyClientCertIfGiven", true, false, true),
    /** One must be sent, and is verified. */
    REQUIRE_AND_VERIFY("RequireAndVerifyClientCert", true, true, true);

    private final String text;
    private final boolean asks;
    private final boolean requires;
    private final boolean verifies;

    ClientAuth(String text, boolean asks, boolean requires, boolean verifies) {
        this.text = text;
        this.asks = asks;
        this.requires = requires;
        this.verifies = verifies;
    }

    static Optional<ClientAuth> of(String text) {
        return Arrays.stream(values()).filter(v -> v.text.equals(text)).findFirst();
    }

    static String names() {
        return String.join(", ", Arrays.stream(values()).map(v -> v.text).toList());
    }

    /** The name that the file gives it. */
    public String text() {
        return text;
    }

    /** Whether clients are asked for a certificate. */
    public boolean asks() {
        return asks;
    }

    /** Whether clients without a certificate are refused. */
    public boolean requires() {
        return requires;
    }

    /** Whether a certificate must be one of the CA's, and in its time. */
    public boolean verifies() {
        return verifies;
    }
}
