package org.bhyvescope.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:10424, 127.0.0.1, 10424",
        "localhost:1, localhost, 1",
        "host-1.example.org:65535, host-1.example.org, 65535",
        ":10424, '', 10424",
        ":0, '', 0",
        "0.0.0.0:00080, 0.0.0.0, 80",
        "[::1]:10424, ::1, 10424",
        "[::]:9, ::, 9",
        "[fe80::1%0]:9, fe80::1%0, 9",
        "[::ffff:10.0.0.1]:9, ::ffff:10.0.0.1, 9",
    })
    void hostAndPortAreToldApart(String text, String host, int port) {
        assertThat(ListenAddress.parse(text)).contains(new ListenAddress(host, port));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:1, false",
        "localhost:1, false",
        ":1, false",
        "[fe80::1%0]:1, false",
        "[::ffff:10.0.0.1]:1, false",
        "host-1.example.org:1, true",
        "1a:1, true",
        "LOCALHOST:1, true",
    })
    void whatMayNeedTheDnsIsAName(String text, boolean name) {
        assertThat(ListenAddress.parse(text).orElseThrow().isName()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "10424",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:x",
                "127.0.0.1:-1",
                "127.0.0.1:65536",
                "127.0.0.1:99999",
                "127.0.0.1:100000",
                "127.0.0.1:1 ",
                " 127.0.0.1:1",
                "a b:1",
                "::1:10424",
                "[::1]",
                "[::1]10424",
                "[]:1",
                "[localhost]:1",
                "http://127.0.0.1:1",
                "127.0.0.1:1/metrics",
                "127.0.0.1:١",
                "127.0.0.1:1\n",
            })
    void whatIsNotHostAndPortIsRefused(String text) {
        assertThat(ListenAddress.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:10424", "[::1]:10424", ":0", "localhost:80"})
    void itIsWrittenAsItIsRead(String text) {
        assertThat(ListenAddress.parse(text).orElseThrow()).hasToString(text);
    }

    @Test
    void noHostMeansAllAddresses() {
        assertThat(new ListenAddress("", 7).resolve().getAddress().isAnyLocalAddress())
                .isTrue();
        assertThat(new ListenAddress("127.0.0.1", 7).resolve().getAddress().isAnyLocalAddress())
                .isFalse();
    }
}
