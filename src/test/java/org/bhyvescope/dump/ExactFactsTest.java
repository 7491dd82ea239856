package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.DateTimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Facts that come as numbers, in the form in which bhyvectl prints them. */
class ExactFactsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0B",
        "1, 1B",
        "1023, 1023B",
        "1024, 1KB",
        "16384, 16KB",
        "1025, 1025B",
        "3221225472, 3GB",
        "1073745920, 1048580KB",
        "4611686018427387904, 4EB",
        "-9223372036854775808, 8EB",
        "-1, 18446744073709551615B"
    })
    void aLengthIsInTheLargestUnitOfWhichItIsAWholeNumber(long bytes, String text) {
        assertThat(HumanSize.exact(bytes)).isEqualTo(new HumanSize(text, bytes));
    }

    @ParameterizedTest
    @CsvSource({
        "0, Thu Jan 01 00:00:00 1970",
        "1758537300, Mon Sep 22 10:35:00 2025",
        "-1, Wed Dec 31 23:59:59 1969",
        "1709209385, Thu Feb 29 12:23:05 2024"
    })
    void aClockShowsItsDateAsPrinted(long seconds, String text) {
        Rtc rtc = Rtc.of(seconds);

        assertThat(rtc).isEqualTo(new Rtc(seconds, text));
        String line = "rtc time " + (seconds == 0 ? "0" : "0x" + Long.toHexString(seconds)) + ": " + text + "\n";
        assertThat(DumpParser.parse(line.getBytes(US_ASCII)).vm().rtc()).contains(rtc);
    }

    @Test
    void aTimeThatNoCalendarHasIsAnException() {
        assertThatExceptionOfType(DateTimeException.class).isThrownBy(() -> Rtc.of(Long.MAX_VALUE));
    }
}
