package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"64KiB, 65536", "16MiB, 16777216", "1GiB, 1073741824", "0MiB, 0", "999999999GiB, 1073741822926258176"})
    void aNumberWithAUnitIsASize(String text, long bytes) {
        assertThat(Sizes.parse(text)).isEqualTo(OptionalLong.of(bytes));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "16", "16M", "16MB", "16mib", "16 MiB", "-1MiB", "1.5MiB", "MiB", "1TiB", "9999999999KiB"})
    void nothingElseIs(String text) {
        assertThat(Sizes.parse(text)).isEmpty();
    }
}
