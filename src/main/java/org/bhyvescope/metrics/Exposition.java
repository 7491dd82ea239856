package org.bhyvescope.metrics;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** The two text formats. */
public enum Exposition {
    /** Prometheus' own, 0.0.4. */
    TEXT(PrometheusTextFormatWriter.builder().build()),
    /** OpenMetrics 1.0.0, for a scraper that asks for it. */
    OPENMETRICS(OpenMetricsTextFormatWriter.builder().build());

    @SuppressWarnings("ImmutableEnumChecker") // the writers have no state
    private final ExpositionFormatWriter writer;

    Exposition(ExpositionFormatWriter writer) {
        this.writer = writer;
    }

    /** The format for an Accept header; null: none was sent. */
    public static Exposition of(@Nullable String accept) {
        return accept != null && OPENMETRICS.writer.accepts(accept) ? OPENMETRICS : TEXT;
    }

    public String contentType() {
        return writer.getContentType();
    }

    /** Writes a body; does not close the stream. */
    public void write(OutputStream to, MetricSnapshots snapshots) throws IOException {
        writer.write(to, snapshots, EscapingScheme.DEFAULT);
    }
}
