package org.bhyvescope.metrics;

import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.VmState;
import org.bhyvescope.sampling.VmView;
import org.bhyvescope.sampling.VmView.Sample;

/**
 * Which series a board gives, with their labels, sorted as the exposition wants them. It is made anew only when VMs,
 * vCPUs, statistics or kinds of errors change; a scrape then is a walk over it that fetches numbers.
 */
final class Layout {
    private static final String LAST_EXITS = "bhyve_vcpu_last_exit_info";

    private final List<Shape> shapes;
    private final boolean listingFailed;
    private final TreeMap<String, List<Point>> families = new TreeMap<>();
    private final HostSeries.Shape host;
    private final TreeMap<String, List<ChangingInfo>> infos = new TreeMap<>();

    /** Where a point's value comes from. NaN: withheld. */
    interface Source {
        double value(Board board);
    }

    /** Like {@link Source}, of one VM. */
    interface VmSource {
        double value(VmView vm);
    }

    /** Like {@link VmSource}, where there is a sample. */
    interface SampleSource {
        double value(Sample sample);
    }

    /** One series. */
    record Point(Labels labels, Source source) {}

    /** What of a VM decides which series it has. */
    private record Shape(
            String name,
            Optional<StatPlan> plan,
            Optional<CpuSet> active,
            Optional<Topology> topology,
            boolean stated,
            boolean sampled,
            Set<Reading.Cause> causes,
            StateSeries.Shape states) {
        static Shape of(VmView vm) {
            Optional<Snapshot> snapshot = vm.sample().map(Sample::snapshot);
            return new Shape(
                    vm.name(),
                    vm.sample().map(Sample::plan),
                    snapshot.map(Snapshot::active),
                    snapshot.flatMap(Snapshot::topology),
                    vm.state().isPresent(),
                    vm.lastSampleMillis().isPresent(),
                    Set.copyOf(vm.errors().keySet()),
                    StateSeries.Shape.of(vm));
        }
    }

    Layout(Board board, Values values) {
        this.shapes = shapes(board);
        this.listingFailed = board.listingErrors() > 0;
        this.host = HostSeries.Shape.of(board.host());
        if (listingFailed) {
            add("bhyvescope_read_errors_total", Labels.of("cause", "listing"), Board::listingErrors);
        }
        for (int i = 0; i < board.vms().size(); i++) {
            new OfVm(i, board.vms().get(i), values).add();
            StateSeries.lastExits(board.vms().get(i), i).forEach(exit -> info(LAST_EXITS, exit));
        }
        HostSeries.add(board.host(), (family, source, labels) -> add(family, Labels.of(labels), source), this::info);
        infos.values().forEach(of -> of.sort(Comparator.comparing(ChangingInfo::own)));
        families.values().forEach(points -> points.sort(Comparator.comparing(Point::labels)));
    }

    /** Whether this layout is right for the board, too. */
    boolean fits(Board board) {
        return listingFailed == board.listingErrors() > 0
                && shapes.equals(shapes(board))
                && host.equals(HostSeries.Shape.of(board.host()));
    }

    /** Families in the order of their names, each with its sorted series. */
    SortedMap<String, List<Point>> families() {
        return families;
    }

    /** Families whose series have a label that changes from scrape to scrape. */
    SortedMap<String, List<ChangingInfo>> infos() {
        return infos;
    }

    private void info(String family, ChangingInfo info) {
        infos.computeIfAbsent(family, f -> new ArrayList<>()).add(info);
    }

    private void add(String family, Labels labels, Source source) {
        families.computeIfAbsent(family, f -> new ArrayList<>()).add(new Point(labels, source));
    }

    private static List<Shape> shapes(Board board) {
        return board.vms().stream().map(Shape::of).toList();
    }

    /** Adds the series of one VM. */
    private final class OfVm {
        private final int index;
        private final VmView vm;
        private final Values values;

        OfVm(int index, VmView vm, Values values) {
            this.index = index;
            this.vm = vm;
            this.values = values;
        }

        void add() {
            if (vm.state().isPresent()) {
                for (VmState state : VmState.values()) {
                    point("bhyve_vm_state", v -> v.state().equals(Optional.of(state)) ? 1 : 0, "state", state.label());
                }
            }
            if (vm.lastSampleMillis().isPresent()) {
                point(
                        "bhyve_vm_last_sample_timestamp_seconds",
                        v -> v.lastSampleMillis().orElse(0) / 1e3);
            }
            for (Reading.Cause cause : vm.errors().keySet()) {
                point("bhyvescope_read_errors_total", v -> v.errors().getOrDefault(cause, 0L), "cause", cause.label());
            }
            vm.sample().ifPresent(this::addSample);
            StateSeries.add(vm, this::point);
        }

        private void addSample(Sample sample) {
            point("bhyve_vm_start_time_seconds", v -> v.started().toEpochMilli() / 1e3);
            point("bhyve_vm_resets_total", VmView::resets);
            sampled("bhyve_vm_vcpus", s -> s.snapshot().active().size(), "set", "active");
            sampled("bhyve_vm_vcpus", s -> s.snapshot().suspended().size(), "set", "suspended");
            String topology = sample.snapshot().topology().map(Topology::label).orElse("unknown");
            sampled(
                    "bhyve_vm_info",
                    s -> 1,
                    "topology",
                    topology,
                    "vendor",
                    sample.plan().vendor().label());
            sampled("bhyve_vm_unaccounted_exit_rate", s -> s.rates().unaccounted());
            addReasons(sample.plan());
            for (StatPlan.Series series : sample.plan().series()) {
                addSeries(sample.snapshot(), series);
            }
            for (int row = 0; row < sample.snapshot().rows(); row++) {
                addVcpu(sample, row);
            }
        }

        private void addReasons(StatPlan plan) {
            for (int i = 0; i < plan.reasons().size(); i++) {
                int reason = i;
                String label = plan.reasons().get(i).statistic().labelValue();
                sampled("bhyve_vm_exit_rate", s -> Values.rate(s, reason), "reason", label);
                sampled("bhyve_vm_exit_rate_peak", s -> Values.peak(s, reason), "reason", label);
            }
        }

        private void addSeries(Snapshot snapshot, StatPlan.Series series) {
            String metric = series.statistic().metric();
            if (Values.isOfVm(series)) {
                int row = Values.firstRow(snapshot);
                if (row >= 0) {
                    sampled(metric, s -> values.series(s, row, series));
                }
                return;
            }
            String name = series.statistic().labelName();
            for (int i = 0; i < snapshot.rows(); i++) {
                int row = i;
                String vcpu = Integer.toString(snapshot.vcpu(row));
                String[] labels = name.isEmpty()
                        ? new String[] {"vcpu", vcpu}
                        : new String[] {"vcpu", vcpu, name, series.statistic().labelValue()};
                sampled(metric, s -> values.series(s, row, series), labels);
            }
        }

        private void addVcpu(Sample sample, int row) {
            String vcpu = Integer.toString(sample.snapshot().vcpu(row));
            sampled("bhyve_vcpu_exit_rate", s -> s.rates().vcpu(row), "vcpu", vcpu);
            for (int column : sample.plan().unknownColumns()) {
                String stat = sample.plan().table().name(column);
                sampled(
                        "bhyve_vcpu_stat",
                        s -> Values.unsigned(s.snapshot().value(row, column)),
                        "vcpu",
                        vcpu,
                        "stat",
                        stat);
            }
        }

        private void sampled(String family, SampleSource source, String... labels) {
            point(
                    family,
                    v -> {
                        Sample sample = v.sampleOrNull();
                        return sample == null ? Double.NaN : source.value(sample);
                    },
                    labels);
        }

        private void point(String family, VmSource source, String... more) {
            String[] labels = new String[more.length + 2];
            labels[0] = "vm";
            labels[1] = vm.name();
            System.arraycopy(more, 0, labels, 2, more.length);
            Layout.this.add(
                    family, Labels.of(labels), board -> source.value(board.vms().get(index)));
        }
    }
}
