package org.bhyvescope.cli;

import com.google.gson.stream.JsonWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bhyvescope.metrics.Exposition;

/** The three formats of {@code agent --once}: the same series in each. */
enum OnceFormat {
    PROMETHEUS {
        @Override
        void write(PrintStream out, MetricSnapshots snapshots) throws IOException {
            Exposition.TEXT.write(out, snapshots);
        }
    },
    /** An array of {@code {"metric": …, "labels": {…}, "value": …}}. */
    JSON {
        @Override
        void write(PrintStream out, MetricSnapshots snapshots) throws IOException {
            JsonWriter json = new JsonWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
            json.beginArray();
            for (MetricSnapshot family : snapshots) {
                for (DataPointSnapshot point : family.getDataPoints()) {
                    json.beginObject();
                    json.name("metric").value(metricName(family, point));
                    json.name("labels").beginObject();
                    for (Label label : point.getLabels()) {
                        json.name(label.getName()).value(label.getValue());
                    }
                    json.endObject();
                    json.name("value").value(value(point));
                    json.endObject();
                }
            }
            json.endArray();
            json.flush();
            out.println();
        }
    },
    /** {@code metric,vm,vcpu,label,value}; label is the third one, as {@code reason=hlt}. */
    CSV {
        @Override
        void write(PrintStream out, MetricSnapshots snapshots) {
            out.print("metric,vm,vcpu,label,value\r\n");
            for (MetricSnapshot family : snapshots) {
                for (DataPointSnapshot point : family.getDataPoints()) {
                    out.print(csvLine(family, point));
                }
            }
        }
    };

    abstract void write(PrintStream out, MetricSnapshots snapshots) throws IOException;

    static Optional<OnceFormat> parse(String text) {
        for (OnceFormat format : values()) {
            if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    private static String csvLine(MetricSnapshot family, DataPointSnapshot point) {
        String vm = "";
        String vcpu = "";
        List<String> others = new ArrayList<>();
        for (Label label : point.getLabels()) {
            switch (label.getName()) {
                case "vm" -> vm = label.getValue();
                case "vcpu" -> vcpu = label.getValue();
                default -> others.add(label.getName() + "=" + label.getValue());
            }
        }
        return String.join(
                        ",",
                        metricName(family, point),
                        quoted(vm),
                        vcpu,
                        quoted(String.join(" ", others)),
                        number(value(point)))
                + "\r\n";
    }

    private static String quoted(String cell) {
        return cell.matches("[^\",\r\n]*") ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p53
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String metricName(MetricSnapshot family, DataPointSnapshot point) {
        String base = family.getMetadata().getPrometheusName();
        return point instanceof CounterDataPointSnapshot ? base + "_total" : base;
    }

    private static double value(DataPointSnapshot point) {
        if (point instanceof CounterDataPointSnapshot counter) {
            return counter.getValue();
        } else if (point instanceof GaugeDataPointSnapshot gauge) {
            return gauge.getValue();
        }
        return ((UnknownDataPointSnapshot) point).getValue();
    }
}
