package org.bhyvescope.cli;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The flag {@code --cpu}. */
final class Vcpus {
    private Vcpus() {}

    static OptionalInt parse(@Nullable String text, Problems problems) {
        if (text == null) {
            return OptionalInt.empty();
        }
        if (!text.matches("\\d{1,4}")) {
            problems.add("--cpu", text, "must be the number of a vCPU");
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(text));
    }
}
