package org.bhyvescope.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Both text formats, byte for byte what the library's writers give, for counters, gauges and untyped, which are all but a
 * few series here, and have no exemplars. Those writers take a lock for each character of a label: most of a large scrape's time. What is of
 * another type goes to them.
 */
final class TextWriter {
    private static final String END = "# EOF\n";
    private static final int SIZE = 1 << 14;

    private final OutputStream to;
    private final ExpositionFormatWriter library;
    private final boolean openMetrics;
    private final byte[] buffer = new byte[SIZE];
    private int used;

    private TextWriter(OutputStream to, ExpositionFormatWriter library, boolean openMetrics) {
        this.to = to;
        this.library = library;
        this.openMetrics = openMetrics;
    }

    /**
     * Writes a body; does not close the stream.
     *
     * @param library the writer of the same format
     * @param openMetrics whether that is OpenMetrics 1.0.0; else it is Prometheus' own 0.0.4
     */
    static void write(OutputStream to, MetricSnapshots snapshots, ExpositionFormatWriter library, boolean openMetrics)
            throws IOException {
        TextWriter writer = new TextWriter(to, library, openMetrics);
        for (MetricSnapshot snapshot : snapshots) {
            writer.family(snapshot);
        }
        if (openMetrics) {
            writer.text(END);
        }
        writer.flush();
        to.flush();
    }

    private void family(MetricSnapshot snapshot) throws IOException {
        String name = snapshot.getMetadata().getPrometheusName();
        if (snapshot instanceof CounterSnapshot counter) {
            String total = name + "_total";
            head(snapshot, openMetrics ? name : total, "counter");
            for (CounterDataPointSnapshot point : counter.getDataPoints()) {
                series(total, point.getLabels(), point.getValue());
            }
        } else if (snapshot instanceof GaugeSnapshot gauge) {
            head(snapshot, name, "gauge");
            for (GaugeDataPointSnapshot point : gauge.getDataPoints()) {
                series(name, point.getLabels(), point.getValue());
            }
        } else if (snapshot instanceof UnknownSnapshot unknown) {
            head(snapshot, name, openMetrics ? "unknown" : "untyped");
            for (UnknownDataPointSnapshot point : unknown.getDataPoints()) {
                series(name, point.getLabels(), point.getValue());
            }
        } else {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            library.write(body, MetricSnapshots.of(snapshot), EscapingScheme.DEFAULT);
            flush();
            to.write(body.toByteArray(), 0, body.size() - (openMetrics ? END.length() : 0));
        }
    }

    private void head(MetricSnapshot snapshot, String name, String type) throws IOException {
        if (snapshot.getDataPoints().isEmpty()) {
            return;
        }
        MetricMetadata about = snapshot.getMetadata();
        String help = about.getHelp();
        if (openMetrics) {
            comment("# TYPE ", name, type);
            if (about.getUnit() != null) {
                comment("# UNIT ", name, about.getUnit().toString());
            }
            if (help != null && !help.isEmpty()) {
                comment("# HELP ", name, escape(help));
            }
        } else {
            if (help != null && !help.isEmpty()) {
                comment("# HELP ", name, help.replace("\\", "\\\\").replace("\n", "\\n"));
            }
            comment("# TYPE ", name, type);
        }
    }

    private void comment(String keyword, String name, String value) throws IOException {
        text(keyword);
        text(name);
        put(' ');
        text(value);
        put('\n');
    }

    private void series(String name, Labels labels, double value) throws IOException {
        text(name);
        for (int i = 0; i < labels.size(); i++) {
            put(i == 0 ? '{' : ',');
            text(labels.getPrometheusName(i));
            text("=\"");
            text(escape(labels.getValue(i)));
            put('"');
        }
        text(labels.isEmpty() ? " " : "} ");
        number(value);
        put('\n');
    }

    private void number(double value) throws IOException {
        if (Double.isInfinite(value)) {
            text(value > 0 ? "+Inf" : "-Inf");
        } else {
            text(Double.toString(value));
        }
    }

    /** Most texts have nothing to escape. */
    private static String escape(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\\' || c == '"' || c == '\n') {
                return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            }
        }
        return value;
    }

    private void text(String text) throws IOException {
        int length = text.length();
        if (length > SIZE - used) {
            flush();
        }
        int at = used;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80 || at == SIZE) {
                bytes(text.getBytes(UTF_8));
                return;
            }
            buffer[at++] = (byte) c;
        }
        used = at;
    }

    /** A text that is not plain ASCII, or longer than the buffer. */
    private void bytes(byte[] bytes) throws IOException {
        flush();
        to.write(bytes);
    }

    private void put(char ascii) throws IOException {
        if (used == SIZE) {
            flush();
        }
        buffer[used++] = (byte) ascii;
    }

    private void flush() throws IOException {
        to.write(buffer, 0, used);
        used = 0;
    }
}
