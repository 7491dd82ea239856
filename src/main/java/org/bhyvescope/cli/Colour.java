package org.bhyvescope.cli;

import org.bhyvescope.decode.explain.Style;

/** The flag {@code --color}: on a terminal unless NO_COLOR is set, always, or never. */
enum Colour {
    AUTO,
    ALWAYS,
    NEVER;

    static Colour parse(String text, Problems problems) {
        for (Colour colour : values()) {
            if (colour.name().equalsIgnoreCase(text)) {
                return colour;
            }
        }
        problems.add("--color", text, "must be auto, always or never");
        return NEVER;
    }

    Style style() {
        String no = System.getenv("NO_COLOR");
        boolean terminal = Boolean.getBoolean("bhyvescope.terminal") && (no == null || no.isEmpty());
        return this == ALWAYS || (this == AUTO && terminal) ? Style.COLOUR : Style.PLAIN;
    }
}
