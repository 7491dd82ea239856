package org.bhyvescope.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The library's writers are the measure. */
class TextWriterTest {
    private static final double[] NUMBERS = {
        0,
        -0.0,
        1,
        -1,
        0.1,
        1e-9,
        9_007_199_254_740_992.0,
        1.8446744073709552E19,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        Double.MIN_VALUE,
        Double.MAX_VALUE
    };

    @Test
    void nothing() throws IOException {
        same(new MetricSnapshots());
    }

    @Test
    void everyNumber() throws IOException {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name("g").help("All numbers.");
        for (int i = 0; i < NUMBERS.length; i++) {
            gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                    .value(NUMBERS[i])
                    .labels(Labels.of("n", "" + i))
                    .build());
        }
        same(MetricSnapshots.of(gauge.build()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "a\\b",
                "say \"hi\"",
                "two\nlines",
                "\\\"\n",
                "blank end ",
                "tab\tand\rreturn",
                "größer",
                "日本語 VM",
                "\ud83d\ude00",
                "{a=\"b\"} 1"
            })
    void labelsAndHelp(String text) throws IOException {
        same(MetricSnapshots.of(
                CounterSnapshot.builder()
                        .name("c")
                        .help(text)
                        .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                                .value(5)
                                .labels(Labels.of("vm", text, "z", "0"))
                                .build())
                        .build(),
                UnknownSnapshot.builder()
                        .name("u")
                        .dataPoint(UnknownSnapshot.UnknownDataPointSnapshot.builder()
                                .value(7)
                                .labels(Labels.of("stat", text))
                                .build())
                        .build()));
    }

    @Test
    void textsAroundAndBeyondTheBuffer() throws IOException {
        for (int length : new int[] {100, 16_383, 16_384, 16_385, 40_000}) {
            GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name("g").help("h");
            for (int i = 0; i < 400; i++) {
                String value = "x".repeat(i == 200 ? length : i) + i;
                gauge.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                        .value(i)
                        .labels(Labels.of("vm", value))
                        .build());
            }
            same(MetricSnapshots.of(gauge.build()));
        }
    }

    @Test
    void units() throws IOException {
        same(MetricSnapshots.of(CounterSnapshot.builder()
                .name("cpu_seconds")
                .unit(Unit.SECONDS)
                .help("With \"quotes\".")
                .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                        .value(1.5)
                        .build())
                .build()));
    }

    @Test
    void typesOfTheLibraryComeInTheirPlace() throws IOException {
        same(MetricSnapshots.of(
                GaugeSnapshot.builder().name("a").help("Without series.").build(),
                CounterSnapshot.builder()
                        .name("b")
                        .dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                                .value(1)
                                .build())
                        .build(),
                HistogramSnapshot.builder()
                        .name("h_seconds")
                        .help("A histogram.")
                        .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                                .classicHistogramBuckets(ClassicHistogramBuckets.builder()
                                        .bucket(0.1, 3)
                                        .bucket(Double.POSITIVE_INFINITY, 2)
                                        .build())
                                .sum(1.5)
                                .build())
                        .build(),
                InfoSnapshot.builder()
                        .name("i")
                        .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder()
                                .labels(Labels.of("version", "1"))
                                .build())
                        .build(),
                UnknownSnapshot.builder()
                        .name("z")
                        .dataPoint(UnknownSnapshot.UnknownDataPointSnapshot.builder()
                                .value(2)
                                .build())
                        .build()));
    }

    private static void same(MetricSnapshots snapshots) throws IOException {
        same(snapshots, PrometheusTextFormatWriter.builder().build(), false);
        same(snapshots, OpenMetricsTextFormatWriter.builder().build(), true);
    }

    private static void same(MetricSnapshots snapshots, ExpositionFormatWriter library, boolean openMetrics)
            throws IOException {
        ByteArrayOutputStream ours = new ByteArrayOutputStream();
        ByteArrayOutputStream theirs = new ByteArrayOutputStream();
        TextWriter.write(ours, snapshots, library, openMetrics);
        library.write(theirs, snapshots, EscapingScheme.DEFAULT);
        assertThat(ours.toString(UTF_8)).isEqualTo(theirs.toString(UTF_8));
    }
}
