package org.bhyvescope.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/** One page of metrics, as a scraper gets it. */
final class Scrape {
    private final String text;
    private final Map<String, String> values = new TreeMap<>();

    private Scrape(String text) {
        this.text = text;
        text.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            int split = line.lastIndexOf(' ');
            values.put(line.substring(0, split), line.substring(split + 1));
        });
    }

    static Scrape of(PrometheusRegistry registry, Exposition format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            format.write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Scrape(out.toString(UTF_8));
    }

    static Scrape of(MultiCollector collector, Exposition format) {
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(collector);
        return of(registry, format);
    }

    String text() {
        return text;
    }

    /** Values, as written, by series, as written. */
    Map<String, String> values() {
        return values;
    }

    OptionalDouble value(String series) {
        String value = values.get(series);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(value));
    }

    /** What follows the name on the lines {@code # TYPE} or {@code # HELP}, by name. */
    Map<String, String> about(String keyword) {
        Map<String, String> about = new TreeMap<>();
        text.lines().filter(line -> line.startsWith("# " + keyword + " ")).forEach(line -> {
            String[] words = line.split(" ", 4);
            about.put(words[2], words[3]);
        });
        return about;
    }
}
