package org.bhyvescope.decode.explain;

import java.util.Map;

/** Colours of a terminal (ECMA-48 SGR), or none. */
public enum Style {
    PLAIN,
    COLOUR;

    private static final Map<String, String> SEVERITIES =
            Map.of("cause", "1;31", "problem", "33", "hint", "36", "note", "2");

    String heading(String text) {
        return sgr("1", text);
    }

    String name(String text) {
        return sgr("36", text);
    }

    String severity(String severity, String text) {
        return sgr(SEVERITIES.getOrDefault(severity, "0"), text);
    }

    private String sgr(String code, String text) {
        return this == PLAIN ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
