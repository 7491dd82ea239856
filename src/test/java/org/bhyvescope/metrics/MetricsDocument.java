package org.bhyvescope.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.os.Children;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.SamplingNumbers;

/** METRICS.md, from the tables that the collector uses. */
final class MetricsDocument {
    private static final Map<String, String> VENDORS =
            Map.of("amd64", "amd64", "amd", "AMD", "intel", "Intel", "arm64", "arm64", "riscv", "riscv");

    private final StringBuilder text = new StringBuilder();
    private final List<MetricTable.Row> families = MetricTable.load().rows();
    private final List<Line> lines = lines();

    /** One row of statistics.tsv, its cells as they are written. */
    private record Line(
            String description,
            String metric,
            String label,
            String listed,
            String counted,
            String needs,
            String source,
            String meaning) {
        static Line of(String row) {
            String[] c = row.split("\t", -1);
            return new Line(c[0], c[1], c[2].equals("-") ? "" : c[2], c[6], c[7], c[8], c[9], c[10]);
        }

        boolean isListed(String vendor) {
            return isIn(listed, vendor);
        }

        boolean isCounted(String vendor) {
            return isIn(counted, vendor);
        }

        private static boolean isIn(String where, String vendor) {
            boolean both = (vendor.equals("amd") || vendor.equals("intel")) && where.contains("amd64:");
            return both || List.of(where.split(" ", -1)).stream().anyMatch(t -> t.startsWith(vendor + ":"));
        }

        boolean isSameSeries(Line other) {
            return metric.equals(other.metric) && label.equals(other.label);
        }
    }

    private MetricsDocument() {}

    static String render() {
        MetricsDocument document = new MetricsDocument();
        document.intro();
        document.families();
        document.statistics();
        document.states();
        document.effect();
        document.vcpuStates();
        document.absences();
        document.jvm();
        return document.text.toString();
    }

    private static List<Line> lines() {
        try (InputStream in = Objects.requireNonNull(StatisticsTable.class.getResourceAsStream("statistics.tsv"))) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .skip(1)
                    .map(Line::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void intro() {
        text.append("""
                # Metrics

                <!-- Made from metrics.tsv and statistics.tsv by `make golden`; a test compares. Do not edit. -->

                What `/metrics` holds. `bhyve_*` is about VMs, `bhyvescope_*` about the agent; the JVM's own come last. Every series of a VM has
                the label `vm`. A scrape shows the newest sample and starts no reading.

                * Counters are the kernel's own, since the VM was created or last reset. They are doubles: exact to 2^53, which is 9 · 10^15.
                * Rates are gauges beside them: the agent samples every second by default, and `rate()` over scrapes 15 s apart averages a short storm away.
                * Units are base units: seconds, bytes. There are no `_created` series.

                """);
    }

    private void families() {
        text.append("## Families\n\n### VMs\n\n");
        families("bhyve_");
        text.append("### The agent\n\n");
        families("bhyvescope_");
    }

    private void families(String prefix) {
        table("metric", "type", "labels", "help");
        for (MetricTable.Row row : families) {
            if (row.name().startsWith(prefix)) {
                String labels = row.labels().stream().map(MetricsDocument::code).collect(Collectors.joining(" "));
                row(code(row.name()), row.type(), labels, row.help());
            }
        }
        text.append('\n');
    }

    private void statistics() {
        text.append("""
                ## The kernel statistics behind them

                Each line that `bhyvectl --get-stats` prints, under the family that it feeds. *Counted* tells where the kernel ever bumps it, as
                vendor and FreeBSD releases; elsewhere the line may be printed, always 0. *Needs* is the flag of bhyve without which it stays 0.
                `[*]` stands for any index; the lines of an array are summed. What is not in this list is exported as
                `bhyve_vcpu_stat`, under the words that bhyvectl prints.

                """);
        List<String> derived = new ArrayList<>();
        for (MetricTable.Row family : families) {
            List<Line> feeding =
                    lines.stream().filter(l -> l.metric().equals(family.name())).toList();
            if (!feeding.isEmpty()) {
                statistics(family, feeding);
            } else if (family.name().startsWith("bhyve_") && !family.name().equals("bhyve_vcpu_stat")) {
                derived.add(code(family.name()));
            }
        }
        text.append("No single statistic is behind ")
                .append(String.join(", ", derived))
                .append(
                        ": bhyvescope works them out from the above, from the sets of vCPUs, from the device node, and from the states of vCPUs (below).\n\n");
    }

    private void statistics(MetricTable.Row family, List<Line> feeding) {
        text.append("### ").append(code(family.name())).append("\n\n");
        table("statistic", "label", "counted", "needs", "meaning", "kernel source");
        for (Line line : feeding) {
            row(
                    code(line.description()),
                    line.label().isEmpty() ? "" : code(line.label()),
                    where(line.counted()),
                    line.needs().equals("-") ? "" : code("bhyve " + line.needs()),
                    line.meaning(),
                    line.source());
        }
        text.append('\n');
    }

    private void states() {
        text.append(String.format(
                """
                ## VM states

                `bhyve_vm_state` has one series for each state: 1 for the one that the VM is in, 0 for the others. There is none before the VM
                has been read, or given up, for the first time. The first row that holds decides:

                | state | told by |
                |---|---|
                | `unreadable` | %1$d samples in a row were missed. All series of the VM are withheld but this one, `bhyvescope_read_errors_total` and `bhyve_vm_last_sample_timestamp_seconds`, since frozen counters would read as idleness |
                | `no_process` | the device node is there but no vCPU is active, or its counters stand still and no bhyve process runs it: its end was seen, or all processes can be seen and none is its own. The node outlives the process until it is destroyed |
                | `suspended` | every active vCPU is in the suspended set: reset, power-off, halt or triple fault is under way or done |
                | `stalled` | exits, run time and idle ticks of all started vCPUs have stood still for %2$d s. Where processes may be hidden (`bhyvescope_host_part_up`, `security.bsd.see_other_uids`) a VM whose bhyve died before the agent looked shows so, too |
                | `idle` | the started vCPUs ran for %3$d %% of the last sample's time or less. Not told without the host's TSC frequency, nor where the kernel counts no run time (arm64, riscv): `running` then |
                | `running` | anything else |

                A vCPU that the guest has not started is active with 0 exits: it counts neither for stalls nor for idleness. Where none is
                started there is nothing to stall.

                """, SamplingNumbers.MISSED_LIMIT, SamplingNumbers.STALL_SECONDS, SamplingNumbers.IDLE_PERCENT));
    }

    private void effect() {
        text.append("""
                ## What the agent does to the guests

                `rate(bhyvescope_vcpu_reads_total[5m])` is how many vCPUs' statistics are read a second. `rate(bhyvescope_locking_reads_total[5m])`
                is how often the kernel stopped a vCPU for us, which costs the guest an exit and a return to bhyve each: once for each
                reading of statistics from FreeBSD 15 on, and 80 to 105 times for each state (`--get-all`). Their echo in the kernel
                is `bhyvescope_idle_requests_seen_total`, about one for each. Where it grows faster, somebody else stops vCPUs, too (a
                script with `bhyvectl --get-all`): `bhyve_vcpu_returns_total{cause="idle_requested"}` tells of which VM.

                """);
    }

    private void vcpuStates() {
        text.append("""
                ## States of vCPUs

                `bhyve_vcpu_last_exit_info`, `bhyve_vcpu_capability`, `bhyve_vm_memory_segment_bytes` and `bhyve_vm_rtc_offset_seconds` come
                from `bhyvectl --get-all`, by a schedule of its own (`--state.interval`), never from a scrape. A vCPU is read only if it moved
                in the newest sample, or its VM is suspended.

                * A state that has not been renewed for three intervals is withheld; a reset, or another VM under the name, drops it.
                * `flags="none"`: a mapping without flags. Lengths are as bhyvectl prints them, rounded to at most five digits of a unit.
                * Without the right to open `/dev/mem`, FreeBSD 12 to 14 print no more than the memory map, registers and some control
                  words: last exit, capabilities and clock are absent then.
                * arm64 and riscv print no registers and no clock, so there is no last exit.

                """);
    }

    private void absences() {
        text.append(String.format("""
                ## What is absent, and why

                A series that says nothing is absent, not 0. What is 0 because bhyve runs without `-H` or `-P` is exported: it could be counted.

                * **What a vendor never counts**: the line is printed, always 0. Should it ever be more than 0, it is exported.
                * **Memory** comes from vCPU 0 alone, the only one that prints it; absent while vCPU 0 is not active.
                * **`bhyve_vcpu_run_seconds_total`** without the host's TSC frequency (sysctl `machdep.tsc_freq`, or `--host.tsc-frequency`),
                  **`bhyve_vcpu_idle_seconds_total`** without its clock rate (sysctl `kern.hz`, or `--host.hz`).
                * **Rates** of the first sample, and of the sample after a reset: there is nothing to compare with. Peaks stay for %d s.
                * **`bhyve_vm_unaccounted_exit_rate`** on Intel, where ordinary APIC exits have no counter, and on riscv, where most exits have none.
                * **`bhyvescope_read_errors_total`** of a cause that has not occurred.
                * **Almost everything of an unreadable VM**, see above.
                * **Everything of a VM that is gone**, at once when it is seen to be gone.

                """, SamplingNumbers.PEAK_SECONDS));
        table("vendor", "printed but not counted", "series");
        for (String vendor : List.of("amd", "intel", "arm64", "riscv")) {
            for (Line line : lines) {
                if (line.isListed(vendor) && !line.isCounted(vendor)) {
                    row(vendorName(vendor), code(line.description()), fate(line, vendor));
                }
            }
        }
        row(
                "AMD, FreeBSD 12 and 13",
                code("number of vm exits handled in userspace"),
                code("bhyve_vcpu_returns_total{cause=\"userspace\"}") + " is absent");
        text.append('\n');
    }

    private String fate(Line line, String vendor) {
        String series = line.label().isEmpty()
                ? line.metric()
                : line.metric() + "{" + line.label().replace("=", "=\"") + "\"}";
        return code(series)
                + lines.stream()
                        .filter(other -> other.isSameSeries(line) && other.isCounted(vendor))
                        .findFirst()
                        .map(other -> " comes from " + code(other.description()))
                        .orElse(" is absent");
    }

    private void jvm() {
        text.append("""
                ## The JVM's own

                By Micrometer, about the agent's process. Names that `promtool check metrics` refuses are left out, and the host's CPU and load,
                which a node exporter tells better.

                """);
        Scrape scrape = agentAlone();
        Map<String, String> help = scrape.about("HELP");
        table("metric", "type", "help");
        scrape.about("TYPE").forEach((name, type) -> {
            if (!name.startsWith("bhyve")) {
                row(code(name), type, help.getOrDefault(name, ""));
            }
        });
    }

    private static Scrape agentAlone() {
        PrometheusRegistry registry = new PrometheusRegistry();
        try (Children children = new Children(System::nanoTime)) {
            AgentMeters meters = new AgentMeters(
                    registry,
                    "0",
                    () -> "bhyvectl",
                    () -> 0,
                    HostFacts.NONE,
                    () -> false,
                    children,
                    () -> new Board(List.of(), 0, HostView.NONE));
            meters.interval(1);
            return Scrape.of(registry, Exposition.TEXT);
        }
    }

    /** {@code amd:12-13 intel:12-} as {@code AMD 12 to 13, Intel 12 on}. */
    private static String where(String tokens) {
        List<String> parts = new ArrayList<>();
        for (String token : tokens.split(" ", -1)) {
            String[] sides = token.split("[:-]", -1);
            parts.add(vendorName(sides[0]) + " " + sides[1] + (sides[2].isEmpty() ? " on" : " to " + sides[2]));
        }
        return String.join(", ", parts);
    }

    private static String vendorName(String vendor) {
        return Objects.requireNonNull(VENDORS.get(vendor), vendor);
    }

    private void table(String... heads) {
        row(heads);
        text.append("|").append("---|".repeat(heads.length)).append('\n');
    }

    private void row(String... cells) {
        text.append("| ");
        for (int i = 0; i < cells.length; i++) {
            text.append(i == 0 ? "" : " | ").append(cells[i].replace("|", "\\|"));
        }
        text.append(" |\n");
    }

    private static String code(String words) {
        return "`" + words + "`";
    }
}
