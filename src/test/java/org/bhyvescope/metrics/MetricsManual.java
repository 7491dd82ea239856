package org.bhyvescope.metrics;

import java.util.List;
import java.util.stream.Collectors;
import org.bhyvescope.decode.Statistic;
import org.bhyvescope.decode.StatisticsTable;

/** bhyvescope-metrics(7) in mdoc, from the tables that the collector uses. */
final class MetricsManual {
    private final StringBuilder text = new StringBuilder();
    private final List<MetricTable.Row> families = MetricTable.load().rows();
    private final List<Statistic> statistics = StatisticsTable.load().rows();

    private MetricsManual() {}

    static String render() {
        MetricsManual manual = new MetricsManual();
        manual.intro();
        manual.families("Virtual machines and their host", "bhyve_");
        manual.families("The agent", "bhyvescope_");
        manual.statistics();
        manual.end();
        return manual.text.toString();
    }

    private void intro() {
        text.append("""
                .\\" Made from metrics.tsv and statistics.tsv by `make golden`; a test compares.
                .\\" Do not edit.
                .Dd November 26, 2026
                .Dt BHYVESCOPE-METRICS 7
                .Os
                .Sh NAME
                .Nm bhyvescope-metrics
                .Nd what bhyvescope tells Prometheus
                .Sh DESCRIPTION
                .Xr bhyvescope 8
                serves these metrics under
                .Pa /metrics .
                A scrape shows the newest sample and starts no reading.
                Every series of a virtual machine has the label
                .Va vm .
                .Pp
                Counters are the kernel's own, since the machine was created or last reset.
                Rates are gauges beside them: a storm between two scrapes shows in the peaks.
                Units are seconds and bytes.
                A series that says nothing is absent, not 0.
                The metrics of the JVM itself are not in this list.
                .Sh METRICS
                """);
    }

    private void families(String heading, String prefix) {
        text.append(".Ss ").append(heading).append("\n.Bl -tag -width indent\n");
        for (MetricTable.Row row : families) {
            if (row.name().startsWith(prefix)) {
                text.append(".It Va ").append(row.name()).append('\n');
                text.append(row.labels().isEmpty() ? capital(row.type()) : capital(row.type()) + " by");
                text.append(row.labels().isEmpty() ? ".\n" : "\n.Va " + String.join(" , ", row.labels()) + " .\n");
                text.append(Mdoc.paragraph(row.help()));
            }
        }
        text.append(".El\n");
    }

    private static String capital(String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    private void statistics() {
        text.append("""
                .Sh STATISTICS
                What
                .Nm bhyvectl Fl -get-stats
                prints, and the series that it feeds.
                .Cm [*]
                stands for any index; the lines of an array are summed.
                What is not in this list is exported as
                .Va bhyve_vcpu_stat .
                .Bl -tag -width indent
                """);
        for (Statistic row : statistics) {
            text.append(".It Qq ").append(Mdoc.argument(row.description())).append("\n.Va ");
            text.append(series(row)).append('\n');
        }
        text.append(".El\n");
    }

    private static String series(Statistic row) {
        return row.labelName().isEmpty()
                ? row.metric()
                : row.metric() + "{" + row.labelName() + "=" + row.labelValue() + "}";
    }

    private void end() {
        String states = families.stream()
                .filter(row -> row.labels().contains("state"))
                .map(MetricTable.Row::name)
                .collect(Collectors.joining(" , "));
        text.append(".Sh SEE ALSO\n.Xr bhyve 8 ,\n.Xr bhyvectl 8 ,\n.Xr bhyvescope 8\n.Pp\nHow the states of\n.Va ")
                .append(states)
                .append("\nare told, and what each vendor counts:\n.Pa /usr/local/share/doc/bhyvescope/METRICS.md .\n");
    }
}
