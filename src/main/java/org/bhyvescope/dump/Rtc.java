package org.bhyvescope.dump;

/**
 * The emulated real-time clock: the guest's wall clock read as if it were UTC (a guest may keep local time).
 *
 * @param epochSeconds seconds since 1970
 * @param text the date as printed, {@code Mon Sep 22 10:35:00 2025}
 */
public record Rtc(long epochSeconds, String text) {}
