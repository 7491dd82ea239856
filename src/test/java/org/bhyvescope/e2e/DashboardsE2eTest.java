package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.dashboards.Dashboard;
import org.bhyvescope.dashboards.Series;
import org.bhyvescope.demo.DemoModel;
import org.bhyvescope.e2e.Panels.Panel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules and dashboards on simulated hosts whose truth is known. All is asked after the script has been played, of moments
 * that are over: how fast this machine is then does not matter.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardsE2eTest {
    private static final String GPU = "win-gpu";

    /** Its eighth vCPU is never started by the guest. */
    private static final int STARTED = 7;

    /** win-gpu is its everyday self, bursts included, from after one storm until before the next. */
    private static final double QUIET_FROM = 48;

    private static final double QUIET_TO = 98;
    private static final long QUIET = 50;

    /** Of the scrapes: so many at least must be answered for a judgement. */
    private static final double LEAST_ANSWERED = 0.97;

    private static final String TOTAL = "total number of vm exits";
    private static final String MMIO = "vm exits for instruction emulation";
    private static final String INOUT = "number of times in/out was intercepted";
    private static final String RUN = "vcpu total runtime";
    private static final double TSC_HZ = 3e9;
    private static final double GIB = 1024.0 * 1024 * 1024;

    @TempDir
    static Path directory = Path.of("");

    private Optional<Watched> world = Optional.empty();

    @BeforeAll
    void theScriptIsPlayed() throws Exception {
        boolean installed = Prometheus.find("prometheus").isPresent();
        assumeTrue(installed || System.getenv("CI") != null, "skipped: prometheus is not installed");
        world = Optional.of(new Watched(directory));
        double answered = watched()
                .prometheus()
                .instant("min(avg_over_time(up[3m]))", first().model().time(Watched.END))
                .get(0)
                .value();
        // Then what is shown is the machine's trouble, not the guests'.
        assumeTrue(
                answered > LEAST_ANSWERED || System.getenv("CI") != null,
                () -> "skipped: too busy a machine, only " + answered
                        + " of the scrapes were answered within a second");
    }

    @AfterAll
    void allIsEnded() {
        world.ifPresent(Watched::close);
    }

    private Watched watched() {
        return world.orElseThrow();
    }

    private DemoProgram first() {
        return watched().first();
    }

    private Panels panels() {
        return new Panels(first(), watched().prometheus());
    }

    private Truth truth() {
        return new Truth(first(), watched().prometheus());
    }

    private List<Series> instant(String promql, double at) throws Exception {
        return watched().prometheus().instant(promql, first().model().time(at));
    }

    // ---- Rules.

    @Test
    void everyRecordingRuleHasDataOfBothHosts() throws Exception {
        List<JsonObject> rules = watched().prometheus().rules();
        assertThat(rules)
                .allSatisfy(rule -> assertThat(rule.get("health").getAsString())
                        .as("%s", rule)
                        .isEqualTo("ok"));
        List<String> recorded = rules.stream()
                .filter(rule -> rule.get("type").getAsString().equals("recording"))
                .map(rule -> rule.get("name").getAsString())
                .toList();
        assertThat(recorded).hasSizeGreaterThanOrEqualTo(9);
        for (String name : recorded) {
            assertThat(instant("count by (instance) (last_over_time(" + name + "[200s]))", Watched.END))
                    .as(name)
                    .extracting(series -> series.label("instance"))
                    .contains(
                            watched().hosts().get(0).instance(),
                            watched().hosts().get(1).instance());
        }
    }

    @Test
    void hostsAreNotMixed() throws Exception {
        List<String> bad = new ArrayList<>();
        for (DemoProgram host : watched().hosts()) {
            double at = QUIET_TO;
            String rule = "instance_vm:bhyve_exits:rate1m{vm=\"linux-idle\",instance=\"" + host.instance() + "\"}";
            List<Series> rates =
                    watched().prometheus().instant(rule, host.model().time(at));
            assertThat(rates).as(rule).hasSize(1);
            new Truth(host, watched().prometheus())
                    .rate("linux-idle", 2, TOTAL, at - 60, at)
                    .holds(rule, rates.get(0).value());
            bad.add(host.instance());
        }
        assertThat(bad).doesNotHaveDuplicates().hasSize(2);
    }

    /** Pending is enough where the script is shorter than the alert's patience. */
    @ParameterizedTest
    @CsvSource({
        "BhyveExitStorm,                 firing,  win-gpu, reason, instruction_emulation, 90,  106",
        "BhyveVmStalled,                 firing,  frozen,  '',     '',                    55,  85",
        "BhyveVmEndedBadly,              firing,  triple,  how,    triple_fault,          6.5, 60",
        "BhyveBootLoop,                  firing,  roulette, '',    '',                    60,  160",
        "BhyveVmSuspended,               pending, triple,  '',     '',                    5,   60",
        "BhyveVmNoProcess,               pending, off,     '',     '',                    0,   60",
        "BhyveVmUnreadable,              pending, flaky,   '',     '',                    30,  60",
        "BhyveEmulationHeavyDeviceSilent, pending, win-gpu, '',    '',                    150, 200",
    })
    void alertsTellOfTheFaults(
            String alert, String state, String vm, String label, String value, double from, double to)
            throws Exception {
        Map<String, String> labels = new HashMap<>(Map.of("vm", vm));
        if (!label.isEmpty()) {
            labels.put(label, value);
        }
        for (DemoProgram host : watched().hosts()) {
            Alerts alerts = alerts(host);
            assertThat(alerts.first(alert, state, labels))
                    .as("%s %s in %s", alert, labels, alerts)
                    .hasValueSatisfying(first -> assertThat(first).isBetween(from, to));
        }
    }

    private Alerts alerts(DemoProgram host) throws Exception {
        return new Alerts(
                watched().prometheus(),
                host.instance(),
                host.model().time(0),
                host.model().time(Watched.END));
    }

    @Test
    void noAlertIsWithoutAFault() throws Exception {
        for (DemoProgram host : watched().hosts()) {
            assertThat(alerts(host).firing())
                    .extracting(alert -> alert.labels().getOrDefault("vm", "none"))
                    .isSubsetOf(GPU, "frozen", "triple", "roulette", "flaky", "bsd-reboot");
        }
        DemoModel time = first().model();
        Alerts calm =
                new Alerts(watched().prometheus(), watched().calmInstance(), time.time(-10), time.time(Watched.END));
        assertThat(calm.firing()).isEmpty();
    }

    // ---- Dashboards.

    @Test
    void grafanaWouldShowEveryPanel() throws Exception {
        assumeTrue(
                DashboardCheck.isHere() || System.getenv("CI") != null,
                "skipped: node or ../shared/tools/dashboard-check is not here");
        List<Path> files;
        try (Stream<Path> all = Files.list(Panels.FOLDER)) {
            files = all.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        // The script has not been played for as long as the dashboards compare with when they are opened.
        assertThat(DashboardCheck.faults(
                        directory, files, watched().prometheus().url(), List.of("--var", "offset=1m")))
                .isEmpty();
    }

    @Test
    void notMoreThanFivePanelsMayBeEmpty() throws Exception {
        long marked = 0;
        for (Path file : List.of("hosts", "vm", "gpu", "agent").stream()
                .map(name -> Panels.FOLDER.resolve(name + ".json"))
                .toList()) {
            marked += Files.readString(file).split("\\[may be empty]", -1).length - 1;
            assertThat(Dashboard.read(file).queries()).isNotEmpty();
        }
        assertThat(marked).isLessThanOrEqualTo(5);
    }

    /** Everyday life of win-gpu: what panels show of 50 s, against the model's own counters. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "bhyvescope-vm  | VM exits by reason                                     | A | reason=inout                 | number of times in/out was intercepted",
                "bhyvescope-vm  | VM exits by reason                                     | A | reason=pause                 | number of times pause was intercepted",
                "bhyvescope-vm  | VM exits by reason                                     | A | reason=instruction_emulation | vm exits for instruction emulation",
                "bhyvescope-vm  | Returns to userspace, and exits that no reason explains | A | cause=userspace              | number of vm exits handled in userspace",
                "bhyvescope-vm  | IPIs and interrupts                                    | A | ''                           | ipis sent from vcpu",
                "bhyvescope-vm  | IPIs and interrupts                                    | C | kind=timer                   | timer interrupts generated by vlapic",
                "bhyvescope-vm  | Moves between host CPUs, odd ends of interrupts        | A | ''                           | vcpu migration across host cpus",
                "bhyvescope-gpu | Trapped accesses and device interrupts                 | A | ''                           | vm exits for instruction emulation",
                "bhyvescope-gpu | Trapped accesses and device interrupts                 | B | ''                           | number of vm exits handled in userspace",
                "bhyvescope-gpu | Trapped accesses and device interrupts                 | C | ''                           | number of times pause was intercepted",
            })
    void ratesAreTheModels(String uid, String title, String refId, String label, String statistic) throws Exception {
        double shown = only(panels().at(new Panel(uid, title, refId, GPU), QUIET_TO, QUIET), label);

        truth().rate(GPU, STARTED, statistic, QUIET_FROM, QUIET_TO).holds(title + " " + refId, shown);
    }

    @Test
    void sharesAreTheModels() throws Exception {
        Bounds total = truth().rate(GPU, STARTED, TOTAL, QUIET_FROM, QUIET_TO);
        String title = "What the exits were, and what that means";
        List<Series> shares = panels().at(new Panel("bhyvescope-vm", title, "A", GPU), QUIET_TO, QUIET);
        truth().rate(GPU, STARTED, INOUT, QUIET_FROM, QUIET_TO)
                .over(total)
                .holds("share of inout", only(shares, "reason=inout"));
        // Made by the last sample: in the silence it is the same in each.
        double share = only(panels().course(new Panel("bhyvescope-gpu", "MMIO share", "A", GPU), 140, 160), "");
        assertThat(share)
                .isCloseTo(
                        first().model().rate(GPU, 3, MMIO, 140, 150)
                                / first().model().rate(GPU, 3, TOTAL, 140, 150),
                        org.assertj.core.api.Assertions.within(0.03));
    }

    @Test
    void vcpusAreTheModels() throws Exception {
        Bounds sum = new Bounds(0, 0);
        double busiest = 0;
        double low = 0;
        for (int vcpu = 0; vcpu < STARTED; vcpu++) {
            Bounds exits = truth().ofVcpu(GPU, vcpu, TOTAL, QUIET_FROM, QUIET_TO);
            sum = sum.plus(exits);
            busiest = Math.max(busiest, exits.high());
            low = Math.max(low, exits.low());
            Bounds run = truth().ofVcpu(GPU, vcpu, RUN, QUIET_FROM, QUIET_TO).times(1 / TSC_HZ);
            List<Series> shown = panels().at(new Panel("bhyvescope-vm", "Each vCPU", "B", GPU), QUIET_TO, QUIET);
            run.holds("run share of vCPU " + vcpu, only(shown, "vcpu=" + vcpu));
        }
        new Bounds(low, busiest)
                .over(sum.times(1.0 / STARTED))
                .holds(
                        "imbalance",
                        only(panels().at(new Panel("bhyvescope-vm", "Imbalance", "A", GPU), QUIET_TO, QUIET), ""));
        truth().rate(GPU, STARTED, RUN, QUIET_FROM, QUIET_TO)
                .times(1 / TSC_HZ / STARTED)
                .holds(
                        "run",
                        only(
                                panels().at(
                                                new Panel("bhyvescope-vm", "Run, idle and the rest", "A", GPU),
                                                QUIET_TO,
                                                QUIET),
                                ""));
    }

    @Test
    void devicesMemoryClockAndProcessAreTheHosts() throws Exception {
        // Interrupts are read every 10 s: here from 14 s after the storm on.
        long window = (long) QUIET_TO - 56;
        List<Series> devices =
                panels().at(new Panel("bhyvescope-vm", "Passthrough devices", "A", GPU), QUIET_TO, window);
        Bounds.around(680, 12.0 / window).holds("ppt0", only(devices, "device=ppt0"));
        Bounds.around(47, 12.0 / window).holds("ppt1", only(devices, "device=ppt1"));
        assertThat(devices).hasSize(2);
        assertThat(now("bhyvescope-vm", "Guest memory", "A")).isEqualTo(16 * GIB);
        assertThat(now("bhyvescope-vm", "Guest memory", "B")).isEqualTo(16 * GIB);
        assertThat(now("bhyvescope-gpu", "Memory wired", "A")).isEqualTo(1);
        assertThat(now("bhyvescope-gpu", "IOMMU", "A")).isEqualTo(1);
        // Windows keeps local time, two hours east of Greenwich.
        assertThat(now("bhyvescope-vm", "Guest clock against the host", "A")).isBetween(7190.0, 7210.0);
        // Of ps and procstat: device emulation takes 2 % of a CPU, and a vCPU that is not idle 55 %; read every 10 s.
        List<Series> process =
                panels().at(new Panel("bhyvescope-vm", "CPU of bhyve itself", "A", GPU), QUIET_TO, QUIET);
        Bounds.around(0.02, 12.0 / QUIET).holds("user", only(process, "mode=user"));
        Bounds.around(8 * 0.55, 12.0 / QUIET).holds("system", only(process, "mode=system"));
    }

    private double now(String uid, String title, String refId) throws Exception {
        return only(panels().at(new Panel(uid, title, refId, GPU), QUIET_TO, QUIET), "");
    }

    @Test
    void hostsAndAgentsAreCounted() throws Exception {
        List<Series> busiest = panels().at(new Panel("bhyvescope-hosts", "Busiest VMs", "B", ""), QUIET_TO, QUIET);
        assertThat(busiest)
                .extracting(series -> series.label("instance"))
                .as("one host was chosen")
                .containsOnly(first().instance());
        assertThat(busiest.stream()
                        .max((a, b) -> Double.compare(a.value(), b.value()))
                        .orElseThrow()
                        .label("vm"))
                .isEqualTo(GPU);
        assertThat(panels().at(new Panel("bhyvescope-hosts", "Hosts up", "A", ""), QUIET_TO, QUIET))
                .extracting(Series::value)
                .containsExactly(1.0);
        // win-gpu has 8, linux-idle 2, six others one each; triple is away.
        assertThat(only(panels().at(new Panel("bhyvescope-hosts", "Hosts", "B", ""), QUIET_TO, QUIET), ""))
                .as("vCPUs")
                .isEqualTo(16);
        List<Series> samples = panels().at(new Panel("bhyvescope-agent", "Agents", "F", ""), QUIET_TO, QUIET);
        assertThat(only(samples, ""))
                .as("samples a second, of seven to nine VMs")
                .isBetween(5.0, 9.5);
    }

    // ---- The four incidents: which VM, which vCPU, when, and why.

    @ParameterizedTest
    @ValueSource(doubles = {40, 100})
    void aStormOfOneVcpuIsSeen(double storm) throws Exception {
        double late = truth().late(GPU, storm - 5, storm + 5);
        List<Series> vcpus =
                panels().course(new Panel("bhyvescope-gpu", "VM exits of each vCPU", "A", GPU), storm - 15, storm + 8);
        assertThat(vcpus).hasSizeGreaterThanOrEqualTo(STARTED);
        Map<String, Double> storming = vcpus.stream()
                .filter(series -> first(series, rate -> rate > 20_000).isPresent())
                .collect(Collectors.toMap(
                        series -> series.label("vm") + " " + series.label("z"),
                        series -> first(series, rate -> rate > 20_000).orElseThrow()));
        assertThat(storming).containsOnlyKeys(GPU + " 001");
        assertThat(storming.get(GPU + " 001")).isBetween(storm, storm + late + 1);
    }

    @Test
    void aStormIsSeenAfterItIsOver() throws Exception {
        double storm = 40;
        double late = truth().late(GPU, storm - 5, storm + 5);
        List<Series> peaks = panels().course(new Panel("bhyvescope-gpu", "Storms", "A", GPU), storm - 15, 99);
        Series reason = with(peaks, "reason=instruction_emulation");
        assertThat(first(reason, peak -> peak > 60_000).orElseThrow())
                .as("the peak's rise")
                .isBetween(storm, storm + late + 1);
        assertThat(last(reason, peak -> peak > 60_000).orElseThrow())
                .as("it stays")
                .isGreaterThan(98);
        assertThat(peaks.stream()
                        .filter(series -> first(series, peak -> peak > 60_000).isPresent()))
                .as("no other reason")
                .hasSize(1);
    }

    @Test
    void aSilentGpuWithTrappedBarsIsSeen() throws Exception {
        // A storm is over at 102 s. A burst of accesses begins at 108 s and goes over into the silence; the next one
        // would
        // begin at 208 s.
        Series share = panels().course(new Panel("bhyvescope-gpu", "MMIO share", "A", GPU), 107, 207)
                .get(0);
        double late = truth().late(GPU, 107, 207);
        assertThat(first(share, value -> value > 0.6).orElseThrow()).isBetween(108.0, 110 + late + 1);
        assertThat(last(share, value -> value > 0.6).orElseThrow()).isBetween(198.0, 200 + late + 1);
        assertThat(share.points().stream()
                        .filter(point -> at(point) > 110 + late + 1 && at(point) < 199)
                        .map(Series.Point::value))
                .allMatch(value -> value > 0.6);

        for (String device : List.of("ppt0", "ppt1")) {
            Series interrupts = with(
                    panels().course(new Panel("bhyvescope-gpu", "Interrupts of each device", "B", GPU), 100, 207),
                    "device=" + device);
            // Interrupts are read every 10 s, and a reading that began before the silence still counts some.
            assertThat(first(interrupts, rate -> rate == 0).orElseThrow()).isBetween(110.0, 133.0);
            assertThat(last(interrupts, rate -> rate == 0).orElseThrow()).isBetween(190.0, 215.0);
        }
        assertThat(panels().course(new Panel("bhyvescope-gpu", "Passthrough devices", "A", GPU), 140, 160))
                .extracting(series -> series.label("vm") + " " + series.label("device"))
                .containsExactlyInAnyOrder(GPU + " ppt0", GPU + " ppt1");

        List<Series> vcpus = panels().course(new Panel("bhyvescope-gpu", "VM exits of each vCPU", "A", GPU), 120, 195);
        assertThat(vcpus.stream()
                        .filter(series -> first(series, rate -> rate > 4000).isPresent()))
                .as("all that the guest has started are in it")
                .hasSize(STARTED);
        assertThat(vcpus)
                .allMatch(series -> first(series, rate -> rate > 20_000).isEmpty());
    }

    @Test
    void aStallIsSeen() throws Exception {
        Series exits = panels().course(new Panel("bhyvescope-vm", "VM exits of each vCPU", "A", "frozen"), 30, 100)
                .get(0);
        double late = truth().late("frozen", 30, 100);
        assertThat(exits.label("vm") + " " + exits.label("z")).isEqualTo("frozen 000");
        // A rate is of the last four seconds.
        assertThat(first(exits, rate -> rate == 0).orElseThrow()).isBetween(45.0, 45 + 4 + late + 1);
        assertThat(last(exits, rate -> rate == 0).orElseThrow()).isBetween(84.0, 85 + late + 1);

        Series state = panels().course(new Panel("bhyvescope-vm", "State", "A", "frozen"), 30, 100)
                .get(0);
        // It takes 10 s to tell; 6 is stalled.
        assertThat(first(state, number -> number == 6).orElseThrow()).isBetween(55.0, 55 + late + 2);
        assertThat(last(state, number -> number == 6).orElseThrow()).isBetween(84.0, 85 + late + 1);

        assertThat(panels().course(new Panel("bhyvescope-vm", "Each vCPU", "G", "frozen"), 74, 80))
                .singleElement()
                .satisfies(thread -> {
                    assertThat(thread.label("waits")).as("a lock in bhyve").isEqualTo("umtxn");
                    assertThat(thread.label("vcpu")).isEqualTo("0");
                });
        assertThat(only(panels().course(new Panel("bhyvescope-gpu", "vCPUs standing", "A", "frozen"), 74, 80), ""))
                .isEqualTo(1);
    }

    @Test
    void aCrashWithARebootLoopIsSeen() throws Exception {
        // It dies seven times. A process that comes and goes between two looks at the host is not seen.
        List<Series> ends =
                panels().at(new Panel("bhyvescope-vm", "Ends and resets in the time shown", "A", "triple"), 70, 70);
        double died = only(ends, "how=triple_fault");
        assertThat(died).isBetween(4.0, 7.0);
        List<Series> unwell = panels().at(new Panel("bhyvescope-hosts", "VMs that need a look", "B", ""), 70, 70);
        assertThat(with(unwell, "vm=triple").value()).isEqualTo(died);

        // Each life's start, as the panel gives it: in ms.
        Series starts = panels().course(new Panel("bhyvescope-vm", "Up since", "A", "triple"), 0, 60)
                .get(0);
        long seen = 0;
        for (double start = 8; start <= 48; start += 8) {
            double life = first().model().time(start);
            seen += starts.points().stream().anyMatch(point -> Math.abs(point.value() / 1000 - life) < 2) ? 1 : 0;
        }
        // Prometheus comes up to 15 s after the host, and on a busy machine one life may be over before it is read.
        assertThat(seen).as("of six starts, each to 2 s: %s", starts).isGreaterThanOrEqualTo(4);
        Series state = panels().course(new Panel("bhyvescope-vm", "State", "A", "triple"), 0, 60)
                .get(0);
        // Suspended for 1.5 s from 5 s after each start on.
        double suspended = first(state, number -> number == 3).orElseThrow();
        assertThat((suspended - 5) % 8)
                .as("after a triple fault, first at %.0f s", suspended)
                .isBetween(0.0, 1.5 + truth().late("triple", 0, 60) + 1);
    }

    // ---- Answers.

    private double at(Series.Point point) {
        return point.time() - first().model().time(0);
    }

    private Optional<Double> first(Series series, DoublePredicate condition) {
        return series.points().stream()
                .filter(point -> condition.test(point.value()))
                .map(this::at)
                .findFirst();
    }

    private Optional<Double> last(Series series, DoublePredicate condition) {
        return series.points().stream()
                .filter(point -> condition.test(point.value()))
                .map(this::at)
                .reduce((one, other) -> other);
    }

    /** The series with a label, written name=value; empty for the only one. */
    private static Series with(List<Series> series, String label) {
        List<Series> found = series.stream()
                .filter(each -> label.isEmpty()
                        || each.label(label.substring(0, label.indexOf('=')))
                                .equals(label.substring(label.indexOf('=') + 1)))
                .toList();
        assertThat(found).as("%s in %s", label, series).hasSize(1);
        return Objects.requireNonNull(found.get(0));
    }

    private static double only(List<Series> series, String label) {
        return with(series, label).value();
    }
}
