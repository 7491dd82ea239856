package org.bhyvescope.cli;

import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with a command line, so that it is said all at once. */
final class Problems {
    private final List<String> lines = new ArrayList<>();

    /** A flag's value breaks a rule. */
    void add(String flag, String value, String rule) {
        lines.add(flag + "=" + value + ": " + rule);
    }

    /** Something else is wrong. */
    void add(String line) {
        lines.add(line);
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    List<String> lines() {
        return List.copyOf(lines);
    }
}
