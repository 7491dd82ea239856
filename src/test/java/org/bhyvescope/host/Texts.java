package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Random;

/** What programs of the base system print, in our own words and their formats; and the same, damaged. */
final class Texts {
    private static final String LIKELY = "0123456789abcdefx@:=' \t\n+*-(){}[]\",pt\0";

    private Texts() {}

    static String of(String file) {
        try (InputStream in = Objects.requireNonNull(Texts.class.getResourceAsStream(file), file)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Some characters changed, some pieces lost, repeated, moved; perhaps cut. */
    static String damaged(String text, Random random) {
        StringBuilder damaged = new StringBuilder(text);
        for (int k = 1 + random.nextInt(4); k > 0 && damaged.length() > 1; k--) {
            int at = random.nextInt(damaged.length());
            int end = Math.min(damaged.length(), at + 1 + random.nextInt(60));
            switch (random.nextInt(5)) {
                case 0 -> damaged.setCharAt(at, LIKELY.charAt(random.nextInt(LIKELY.length())));
                case 1 -> damaged.delete(at, end);
                case 2 -> damaged.insert(random.nextInt(damaged.length()), damaged.substring(at, end));
                case 3 -> damaged.insert(at, (char) random.nextInt(256));
                default -> {
                    if (random.nextInt(4) == 0) {
                        damaged.setLength(at);
                    }
                }
            }
        }
        return damaged.toString();
    }
}
