package org.bhyvescope.dump;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The emulated real-time clock: the guest's wall clock read as if it were UTC (a guest may keep local time).
 *
 * @param epochSeconds seconds since 1970
 * @param text the date as printed, {@code Mon Sep 22 10:35:00 2025}
 */
public record Rtc(long epochSeconds, String text) {
    /**
     * What a clock shows at so many seconds since 1970, as bhyvectl would print it.
     *
     * @throws java.time.DateTimeException for a time that no calendar has
     */
    public static Rtc of(long epochSeconds) {
        DateTimeFormatter printed = DateTimeFormatter.ofPattern("EEE MMM dd HH:mm:ss yyyy", Locale.ENGLISH)
                .withZone(ZoneOffset.UTC);
        return new Rtc(epochSeconds, printed.format(Instant.ofEpochSecond(epochSeconds)));
    }
}
