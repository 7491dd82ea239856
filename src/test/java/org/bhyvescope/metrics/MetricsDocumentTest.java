package org.bhyvescope.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bhyvescope.decode.Statistic;
import org.bhyvescope.decode.StatisticsTable;
import org.junit.jupiter.api.Test;

class MetricsDocumentTest {
    @Test
    void metricsMdIsWhatTheTablesSay() throws IOException {
        Golden.check(Path.of("METRICS.md"), MetricsDocument.render());
    }

    @Test
    void theManualIsWhatTheTablesSay() throws IOException {
        Golden.check(Path.of("agent/man/bhyvescope-metrics.7"), MetricsManual.render());
    }

    @Test
    void everyFamilyAndEveryStatisticIsInTheManual() {
        String manual = MetricsManual.render();
        assertThat(MetricTable.load().rows())
                .allSatisfy(row -> assertThat(manual).contains("\n.It Va " + row.name() + "\n"));
        assertThat(StatisticsTable.load().rows())
                .allSatisfy(row ->
                        assertThat(manual).contains("\n.It Qq \"" + row.description() + "\"\n.Va " + row.metric()));
    }

    @Test
    void everyFamilyAndEveryStatisticIsInTheDocument() {
        String document = MetricsDocument.render();
        assertThat(MetricTable.load().rows())
                .hasSizeGreaterThan(40)
                .allSatisfy(row -> assertThat(document)
                        .contains("| `" + row.name() + "` | " + row.type() + " |")
                        .contains(row.help()));
        assertThat(StatisticsTable.load().rows())
                .hasSizeGreaterThanOrEqualTo(60)
                .allSatisfy(row -> assertThat(document).contains("| `" + row.description() + "` |"));
    }

    @Test
    void everyStatisticFeedsAFamilyOfTheTableWithItsLabel() {
        MetricTable table = MetricTable.load();
        assertThat(StatisticsTable.load().rows()).allSatisfy(row -> {
            MetricTable.Row family = table.find(row.metric());
            boolean counter = row.kind() == Statistic.Kind.COUNTER;
            assertThat(family.type()).as(row.description()).isEqualTo(counter ? "counter" : "gauge");
            int own = row.scope() == Statistic.Scope.VM ? 1 : 2;
            assertThat(family.labels().subList(own, family.labels().size()))
                    .as(row.description())
                    .isEqualTo(row.labelName().isEmpty() ? List.of() : List.of(row.labelName()));
        });
    }
}
