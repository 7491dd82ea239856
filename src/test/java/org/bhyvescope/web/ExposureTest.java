package org.bhyvescope.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bhyvescope.web.config.WebConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExposureTest {
    private static final Runtime.Version NEW = Runtime.Version.parse("17.0.15+6");

    private static List<String> warnings(Optional<WebConfig> config, String... addresses) {
        return Exposure.warnings(
                List.of(addresses).stream()
                        .map(text -> ListenAddress.parse(text).orElseThrow())
                        .toList(),
                config,
                NEW);
    }

    @Test
    void theLoopbackAddressIsNoMatter() {
        assertThat(warnings(Optional.empty(), "127.0.0.1:1", "[::1]:1", "127.0.0.53:1"))
                .isEmpty();
    }

    @Test
    void beyondItMissingAuthenticationAndMissingTlsAreEachSaid() {
        assertThat(warnings(Optional.empty(), "127.0.0.1:1", ":10424"))
                .hasSize(2)
                .allMatch(line -> line.startsWith("listening on :10424, beyond this host, without "))
                .anyMatch(line -> line.contains("without authentication"))
                .anyMatch(line -> line.contains("without TLS"));
        assertThat(warnings(Optional.of(new WebConfig(Optional.empty(), Map.of("a", "b"))), "10.0.0.1:10424"))
                .singleElement()
                .asString()
                .contains("without TLS");
    }

    @ParameterizedTest
    @CsvSource({
        "17.0.12, false",
        "17.0.13, true",
        "17.0.15+6, true",
        "19.0.2, false",
        "21.0.4, false",
        "21.0.5, true",
        "22.0.2, false",
        "23, false",
        "23.0.1, true",
        "24, true",
        "25.0.3, true",
    })
    void aJavaThatDoesNotBoundRequestsIsKnown(String version, boolean bounds) {
        assertThat(Exposure.boundsRequests(Runtime.Version.parse(version))).isEqualTo(bounds);
    }
}
