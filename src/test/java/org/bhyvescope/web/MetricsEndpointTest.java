package org.bhyvescope.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsEndpointTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip",
                "GZIP",
                " gzip ",
                "gzip, deflate, br",
                "deflate,gzip",
                "deflate, gzip;q=0.5",
                "gzip;q=1",
                "gzip; q=1.0",
                "gzip;q=0.001",
                "gzip;q=0.01, identity;q=0",
                "gzip;",
            })
    void gzipIsAcceptedWhereItIsNamed(String header) {
        assertThat(MetricsEndpoint.acceptsGzip(header)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                ";",
                "identity",
                "deflate, br",
                "x-gzip",
                "gzipped",
                "gzip;q=0",
                "gzip;q=0.0",
                "gzip; q=0.000",
                "GZIP;Q=0",
                "deflate;q=1, gzip;q=0",
                "deflate;gzip",
            })
    void gzipIsNotAcceptedWhereItIsNotNamedOrForbidden(String header) {
        assertThat(MetricsEndpoint.acceptsGzip(header)).isFalse();
    }

    @Test
    void gzipIsNotAcceptedWithoutAHeader() {
        assertThat(MetricsEndpoint.acceptsGzip(null)).isFalse();
    }
}
