package org.bhyvescope.cli;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as flags take them: {@code 64KiB}, {@code 16MiB}, {@code 1GiB}; 0 needs no unit. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(B|KiB|MiB|GiB)");

    private Sizes() {}

    /** The bytes that a text stands for; empty if it is no size. */
    static OptionalLong parse(String text) {
        if (text.equals("0")) {
            return OptionalLong.of(0);
        }
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return OptionalLong.empty();
        }
        long n = Long.parseLong(m.group(1));
        return OptionalLong.of(
                switch (m.group(2)) {
                    case "B" -> n;
                    case "KiB" -> n << 10;
                    case "MiB" -> n << 20;
                    default -> n << 30;
                });
    }
}
