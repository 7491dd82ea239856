package org.bhyvescope.dump;

import org.jspecify.annotations.Nullable;

/** The list behind {@code active cpus:}, {@code suspended cpus:} and {@code debug cpus:}. */
final class CpuSetText {
    private CpuSetText() {}

    /** {@code 0, 1, 2} or {@code (none)}; null if it is neither. */
    static @Nullable CpuSet parse(String text) {
        String list = text.strip();
        if (list.equals("(none)")) {
            return CpuSet.NONE;
        }
        String[] parts = list.split(",", -1);
        int[] ids = new int[parts.length];
        for (int i = 0; i < parts.length; i++) {
            ids[i] = Numbers.small(parts[i].strip(), CpuSet.LIMIT);
            if (ids[i] < 0) {
                return null;
            }
        }
        return CpuSet.of(ids);
    }
}
