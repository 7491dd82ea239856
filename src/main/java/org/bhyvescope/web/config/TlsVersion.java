package org.bhyvescope.web.config;

import java.util.List;

/** {@code min_version}. TLS 1.0 and 1.1 are not served: Java has turned them off, and RFC 8996 says why. */
public enum TlsVersion {
    TLS12,
    TLS13;

    /** The protocols from this version on, by Java's names. */
    public List<String> protocols() {
        return this == TLS13 ? List.of("TLSv1.3") : List.of("TLSv1.3", "TLSv1.2");
    }
}
