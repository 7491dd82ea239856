package org.bhyvescope.cli;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as flags write them: {@code 64KiB 16MiB 1GiB}. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})([KMG])iB");

    private Sizes() {}

    /** The bytes that a text stands for; empty if it is no size. */
    static OptionalLong parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return OptionalLong.empty();
        }
        long n = Long.parseLong(m.group(1));
        return OptionalLong.of(
                switch (m.group(2)) {
                    case "K" -> n << 10;
                    case "M" -> n << 20;
                    default -> n << 30;
                });
    }
}
