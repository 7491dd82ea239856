package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code bhyvectl --get-all} prints, in order: the resource {@code print-order.tsv}. */
final class PrintOrder {
    /** How a value is printed. */
    enum Form {
        X16,
        X8,
        X4,
        X,
        D,
        DESC3,
        DESC2,
        SELECTOR,
        EVENT,
        PART;

        /** Whether the line is {@code NAME[N]} and a value. */
        boolean isField() {
            return this != PART && this != EVENT;
        }
    }

    /**
     * A line, or a group of lines that are one step of bhyvectl.
     *
     * @param position from 0, in the order of releases 12 to 14
     * @param hosts {@code any}, {@code amd64}, {@code amd} or {@code intel}
     */
    record Step(int position, String name, Form form, String hosts) {}

    static final PrintOrder OF_GET_ALL = new PrintOrder(TsvRows.load("print-order.tsv"));

    private final List<Step> steps = new ArrayList<>();
    private final Map<String, Step> byName = new HashMap<>();

    private PrintOrder(List<String[]> rows) {
        for (String[] row : rows) {
            Step step = new Step(steps.size(), row[0], Form.valueOf(row[1].toUpperCase(Locale.ROOT)), row[2]);
            steps.add(step);
            if (byName.put(step.name(), step) != null) {
                throw new IllegalArgumentException("row twice: " + step.name());
            }
        }
    }

    /** All steps of both vendors, in order. */
    List<Step> steps() {
        return steps;
    }

    /** The step of this name, or null. */
    @Nullable
    Step find(String name) {
        return byName.get(name);
    }

    /** The fields whose names end with this one, without that of this name itself. */
    List<Step> longer(String name) {
        return steps.stream()
                .filter(s -> s.form().isField()
                        && s.name().endsWith(name)
                        && !s.name().equals(name))
                .toList();
    }

    /** Whether the second step follows the first at once on the second's hosts. */
    boolean isNext(Step first, Step second) {
        return first.position() < second.position()
                && steps.subList(first.position() + 1, second.position()).stream()
                        .noneMatch(s -> s.hosts().equals("amd64") || s.hosts().equals(second.hosts()));
    }

    /** Position of a step that is in the table. */
    int position(String name) {
        Step step = byName.get(name);
        if (step == null) {
            throw new IllegalArgumentException("no such step: " + name);
        }
        return step.position();
    }
}
