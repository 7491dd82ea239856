package org.bhyvescope.e2e;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** A scraped page: values by series, as text. */
final class Page {
    private final String text;
    private final Map<String, Double> values = new HashMap<>();

    Page(String text) {
        this.text = text;
        text.lines().filter(line -> !line.startsWith("#") && !line.isEmpty()).forEach(line -> {
            int split = line.lastIndexOf(' ');
            values.put(line.substring(0, split), Double.parseDouble(line.substring(split + 1)));
        });
    }

    /** The value of a series that must be there. */
    double value(String series) {
        Double value = values.get(series);
        if (value == null) {
            throw new AssertionError("no " + series + " in\n" + text);
        }
        return value;
    }

    /** The value of a series that may be there. */
    OptionalDouble find(String series) {
        Double value = values.get(series);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    boolean is(String series, double value) {
        return find(series).equals(OptionalDouble.of(value));
    }

    boolean isState(String vm, String state) {
        return is("bhyve_vm_state{state=\"" + state + "\",vm=\"" + vm + "\"}", 1);
    }

    /** Seconds since the VM's newest sample. */
    double age(String vm) {
        return System.currentTimeMillis() / 1e3 - value("bhyve_vm_last_sample_timestamp_seconds{vm=\"" + vm + "\"}");
    }

    @Override
    public String toString() {
        return text;
    }
}
