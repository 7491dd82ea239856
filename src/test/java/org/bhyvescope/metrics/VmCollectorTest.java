package org.bhyvescope.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.Machine;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Children;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.HostViews;
import org.bhyvescope.sampling.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VmCollectorTest {
    private static final Path GOLDEN = Path.of("src/test/resources/org/bhyvescope/metrics");
    private static final String EXITS = "total number of vm exits";
    private static final String HLT = "number of times hlt was intercepted";
    private static final String UNKNOWN = "exits of a kind that a later kernel counts";

    @Test
    void theWholeTextPageIsTheGoldenFile() throws IOException {
        Golden.check(
                GOLDEN.resolve("golden.txt"), scrape(board(), Exposition.TEXT).text());
    }

    @Test
    void theWholeOpenMetricsPageIsTheGoldenFile() throws IOException {
        Golden.check(
                GOLDEN.resolve("golden.openmetrics"),
                scrape(board(), Exposition.OPENMETRICS).text());
    }

    @Test
    void everyFamilyIsSortedByLabelsAndHasNoSeriesTwice() {
        VmCollector collector = new VmCollector(board()::board, TestVm.HOST);
        for (MetricSnapshot family : collector.collect()) {
            List<Labels> labels = family.getDataPoints().stream()
                    .map(DataPointSnapshot::getLabels)
                    .toList();
            assertThat(labels)
                    .as(family.getMetadata().getName())
                    .isNotEmpty()
                    .doesNotHaveDuplicates()
                    .isSorted();
        }
    }

    /** Every kind of VM, after three samples. */
    private static Ledger board() {
        TestVm amd = new TestVm("amd-14", TestVm.and(TestVm.AMD_14, List.of(UNKNOWN)))
                .active(0, 1)
                .topology(1, 2, 1);
        TestVm arm = new TestVm("arm64-15", TestVm.ARM64_15).topology(1, 1, 1);
        TestVm intel = new TestVm("intel-12", TestVm.INTEL_12).active(0, 2).suspended(2);
        TestVm lost = new TestVm("lost", TestVm.AMD_14);
        Ledger ledger = TestVm.ledger(TestVm.HOST);
        ledger.reconcile(List.of(amd.id(), arm.id(), intel.id(), lost.id()));
        for (int second = 0; second < 3; second++) {
            // A storm in the middle sample: the peak is not the last rate.
            amd(amd, second == 1 ? 10 : 1).read(ledger, second);
            arm(arm).read(ledger, second + 0.125);
            intel(intel).read(ledger, second + 0.25);
        }
        amd.readState(ledger, 2.5, 0, "VMEXIT_INTR", Map.of("hlt_exit", true, "pause_exit", false))
                .missState(ledger, Cause.TIMEOUT);
        lost.read(ledger, 0.5)
                .readState(ledger, 0.6, 0, "VMEXIT_HLT", Map.of())
                .miss(ledger, Cause.TIMEOUT, 3)
                .miss(ledger, Cause.GONE, 1);
        ledger.listingFailed();
        ledger.listingFailed();
        return ledger;
    }

    private static TestVm amd(TestVm vm, int storm) {
        int id = 0;
        for (String statistic : TestVm.AMD_14) {
            id++;
            switch (statistic) {
                case EXITS -> vm.add(0, statistic, 5000L * storm);
                case "vcpu total runtime" -> vm.add(0, statistic, 500_000_000L);
                case "Resident memory" -> vm.set(0, statistic, 4L << 30);
                case "Wired memory" -> vm.set(0, statistic, 1L << 30);
                // What AMD never counts.
                case "number of times %cr access was intercepted",
                        "number of monitor trap exits",
                        "vm exits due to interrupt window opening",
                        "vm exits due to nmi window opening" -> {}
                default -> vm.add(0, statistic, (long) id * storm);
            }
        }
        vm.add(0, UNKNOWN, 77);
        // Not started by its guest: no exits, but it comes back to bhyve all the time.
        return vm.add(1, "number of vm exits handled in userspace", 1000);
    }

    private static TestVm intel(TestVm vm) {
        int id = 0;
        for (String statistic : TestVm.INTEL_12) {
            id++;
            for (int vcpu : new int[] {0, 2}) {
                switch (statistic) {
                    case EXITS -> vm.add(vcpu, statistic, 2000);
                    case "vcpu total runtime" -> vm.add(vcpu, statistic, 5_000_000L);
                    case "Resident memory" -> vm.set(0, statistic, 2L << 30);
                    case "Wired memory" -> vm.set(0, statistic, 0);
                    default -> vm.add(vcpu, statistic, id + vcpu);
                }
            }
        }
        return vm;
    }

    private static TestVm arm(TestVm vm) {
        return vm.add(0, EXITS, 300)
                .add(0, "number of times wfi was intercepted", 200)
                .add(0, "number of vmexits for a data abort", 60)
                .add(0, "number of vmexits for an irq", 30);
    }

    @Test
    void whatAVendorNeverCountsIsAbsentWhile0AndPresentOtherwise() {
        String crAccess = "bhyve_vcpu_exit_reasons_total{reason=\"cr_access\",vcpu=\"0\",vm=\"vm\"}";
        String rate = "bhyve_vm_exit_rate{reason=\"cr_access\",vm=\"vm\"}";
        String peak = "bhyve_vm_exit_rate_peak{reason=\"cr_access\",vm=\"vm\"}";
        TestVm vm = new TestVm("vm", TestVm.AMD_14);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.read(ledger, 1);
        VmCollector collector = new VmCollector(ledger::board, TestVm.HOST);
        assertThat(Scrape.of(collector, Exposition.TEXT).values())
                .containsKey("bhyve_vm_exit_rate{reason=\"hlt\",vm=\"vm\"}")
                .doesNotContainKeys(crAccess, rate, peak);

        vm.add(0, "number of times %cr access was intercepted", 4).read(ledger, 3);
        assertThat(Scrape.of(collector, Exposition.TEXT).values())
                .containsEntry(crAccess, "4.0")
                .containsEntry(rate, "2.0")
                .containsEntry(peak, "2.0");
    }

    @Test
    void theLastExitGoesWithTheReadingsAndNoOldNameStays() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14).active(0, 1);
        Ledger ledger = TestVm.ledgerOf(vm);
        VmCollector collector = new VmCollector(ledger::board, TestVm.HOST);
        vm.readState(ledger, 0.1, 0, "VMEXIT_HLT", Map.of()).readState(ledger, 0.2, 1, "unknown", Map.of());
        assertThat(family(Scrape.of(collector, Exposition.TEXT), "bhyve_vcpu_last_exit_info"))
                .isEqualTo(Map.of(
                        "bhyve_vcpu_last_exit_info{name=\"VMEXIT_HLT\",vcpu=\"0\",vm=\"vm\"}", "1.0",
                        "bhyve_vcpu_last_exit_info{name=\"unknown\",vcpu=\"1\",vm=\"vm\"}", "1.0"));

        vm.readState(ledger, 1.1, 0, "VMEXIT_INTR", Map.of());

        assertThat(family(Scrape.of(collector, Exposition.TEXT), "bhyve_vcpu_last_exit_info"))
                .containsOnlyKeys(
                        "bhyve_vcpu_last_exit_info{name=\"VMEXIT_INTR\",vcpu=\"0\",vm=\"vm\"}",
                        "bhyve_vcpu_last_exit_info{name=\"unknown\",vcpu=\"1\",vm=\"vm\"}");
    }

    @Test
    void anotherLastExitDoesNotMakeTheLayoutAnew() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.readState(ledger, 0.1, 0, "VMEXIT_HLT", Map.of("hlt_exit", true));
        Layout layout = new Layout(ledger.board(), new Values(TestVm.HOST));

        vm.readState(ledger, 1, 0, "VMEXIT_INTR", Map.of("hlt_exit", false));
        assertThat(layout.fits(ledger.board())).isTrue();

        vm.readState(ledger, 2, 0, "VMEXIT_INTR", Map.of("hlt_exit", false, "pause_exit", false));
        assertThat(layout.fits(ledger.board())).isFalse();
    }

    @Test
    void ofAnUnreadableVmOnlyTheErrorsOfItsStatesAreShown() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.readState(ledger, 0.1, 0, "VMEXIT_HLT", Map.of("hlt_exit", true)).missState(ledger, Cause.ABANDONED);
        assertThat(scrape(ledger, Exposition.TEXT).values())
                .containsKeys(
                        "bhyve_vcpu_capability{capability=\"hlt_exit\",vcpu=\"0\",vm=\"vm\"}",
                        "bhyve_vm_rtc_offset_seconds{vm=\"vm\"}",
                        "bhyve_vm_memory_segment_bytes{flags=\"none\",segment=\"bootrom\",vm=\"vm\"}");

        vm.miss(ledger, Cause.TIMEOUT, 3);

        Scrape page = scrape(ledger, Exposition.TEXT);
        assertThat(page.values())
                .containsEntry("bhyvescope_read_errors_total{cause=\"state_abandoned\",vm=\"vm\"}", "1.0");
        assertThat(page.text())
                .doesNotContain("bhyve_vcpu_capability")
                .doesNotContain("bhyve_vm_rtc_offset_seconds")
                .doesNotContain("bhyve_vm_memory_segment_bytes")
                .doesNotContain("bhyve_vcpu_last_exit_info");
    }

    @Test
    void whatIs0WithoutAFlagOfBhyveIs0NotAbsent() {
        Ledger ledger = TestVm.ledgerOf(new TestVm("vm", TestVm.AMD_14));
        assertThat(scrape(ledger, Exposition.TEXT).values())
                .containsEntry("bhyve_vcpu_exit_reasons_total{reason=\"hlt\",vcpu=\"0\",vm=\"vm\"}", "0.0")
                .containsEntry("bhyve_vcpu_exit_reasons_total{reason=\"pause\",vcpu=\"0\",vm=\"vm\"}", "0.0")
                .containsEntry("bhyve_vcpu_idle_seconds_total{vcpu=\"0\",vm=\"vm\"}", "0.0");
    }

    @Test
    void memoryIsWhatVcpu0SaysAndNobodyElse() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14)
                .active(0, 1)
                .set(0, "Resident memory", 4096)
                .set(1, "Resident memory", 8192);
        Ledger ledger = TestVm.ledgerOf(vm);
        assertThat(family(scrape(ledger, Exposition.TEXT), "bhyve_vm_memory_resident_bytes"))
                .isEqualTo(Map.of("bhyve_vm_memory_resident_bytes{vm=\"vm\"}", "4096.0"));

        vm.active(1, 2).read(ledger, 1);
        assertThat(family(scrape(ledger, Exposition.TEXT), "bhyve_vm_memory_")).isEmpty();
    }

    @Test
    void runAndIdleTimeAreInSecondsOfTheHostsUnits() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14)
                .set(0, "vcpu total runtime", 5_000_000_000L)
                .set(0, "number of ticks vcpu was idle", 1500);
        Scrape page = scrape(TestVm.ledgerOf(vm), Exposition.TEXT);
        assertThat(page.value("bhyve_vcpu_run_seconds_total{vcpu=\"0\",vm=\"vm\"}"))
                .hasValue(2.5);
        assertThat(page.value("bhyve_vcpu_idle_seconds_total{vcpu=\"0\",vm=\"vm\"}"))
                .hasValue(1.5);
    }

    @Test
    void withoutTheHostsUnitsRunAndIdleTimeAreAbsent() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14)
                .set(0, "vcpu total runtime", 5_000_000_000L)
                .set(0, "number of ticks vcpu was idle", 1500);
        HostFacts nothing = new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
        Ledger ledger = TestVm.ledgerOf(vm);
        Scrape page = Scrape.of(new VmCollector(ledger::board, nothing), Exposition.TEXT);
        assertThat(page.values()).containsKey("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"vm\"}");
        assertThat(family(page, "bhyve_vcpu_run_seconds_total")).isEmpty();
        assertThat(family(page, "bhyve_vcpu_idle_seconds_total")).isEmpty();
        assertThat(page.text()).doesNotContain("_seconds_total");
    }

    @Test
    void quotesBackslashesAndNewlinesInANameAreEscapedInTheTextFormat() {
        assertThat(escapingBoard(Exposition.TEXT).values())
                .containsEntry("bhyve_vm_vcpus{set=\"active\",vm=\"a \\\"b\\\" \\\\c\\nd é 日本 🐡\"}", "1.0")
                .containsEntry("bhyve_vcpu_stat{stat=\"odd \\\"one\\\" \\\\\",vcpu=\"0\",vm=\"plain\"}", "3.0");
    }

    @Test
    void quotesBackslashesAndNewlinesInANameAreEscapedInOpenMetrics() {
        assertThat(escapingBoard(Exposition.OPENMETRICS).values())
                .containsEntry("bhyve_vm_vcpus{set=\"active\",vm=\"a \\\"b\\\" \\\\c\\nd é 日本 🐡\"}", "1.0")
                .containsEntry("bhyve_vcpu_stat{stat=\"odd \\\"one\\\" \\\\\",vcpu=\"0\",vm=\"plain\"}", "3.0");
    }

    private static Scrape escapingBoard(Exposition format) {
        String odd = "odd \"one\" \\";
        Ledger ledger = TestVm.ledgerOf(
                new TestVm("a \"b\" \\c\nd é 日本 🐡", TestVm.AMD_14),
                new TestVm("plain", TestVm.and(TestVm.AMD_14, List.of(odd))).set(0, odd, 3));
        return scrape(ledger, format);
    }

    @Test
    void aCounterBeyond2To63IsPositive() {
        TestVm vm = new TestVm("vm", TestVm.and(TestVm.AMD_14, List.of(UNKNOWN)))
                .set(0, EXITS, Long.MIN_VALUE)
                .set(0, HLT, -1)
                .set(0, UNKNOWN, -2);
        Scrape page = scrape(TestVm.ledgerOf(vm), Exposition.TEXT);
        assertThat(page.value("bhyve_vcpu_exits_total{vcpu=\"0\",vm=\"vm\"}")).hasValue(0x1p63);
        assertThat(page.value("bhyve_vcpu_exit_reasons_total{reason=\"hlt\",vcpu=\"0\",vm=\"vm\"}"))
                .hasValue(0x1p64);
        assertThat(page.value("bhyve_vcpu_stat{stat=\"" + UNKNOWN + "\",vcpu=\"0\",vm=\"vm\"}"))
                .hasValue(0x1p64);
    }

    @Test
    void aRateIsRightWhereACounterPasses2To63() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14).set(0, HLT, Long.MAX_VALUE - 9);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.add(0, HLT, 30).read(ledger, 1);
        assertThat(scrape(ledger, Exposition.TEXT).value("bhyve_vm_exit_rate{reason=\"hlt\",vm=\"vm\"}"))
                .hasValue(30);
    }

    @Test
    void thePeakOutlivesTheStormForAMinute() {
        String peak = "bhyve_vm_exit_rate_peak{reason=\"hlt\",vm=\"vm\"}";
        TestVm vm = new TestVm("vm", TestVm.AMD_14);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.add(0, HLT, 900).read(ledger, 1);
        vm.add(0, HLT, 5).read(ledger, 2).add(0, HLT, 5 * 59).read(ledger, 61);
        assertThat(scrape(ledger, Exposition.TEXT).value(peak)).hasValue(900);
        vm.add(0, HLT, 5).read(ledger, 62);
        assertThat(scrape(ledger, Exposition.TEXT).value(peak)).hasValue(5);
    }

    @Test
    void theFirstSampleHasCountersButNoRates() {
        Scrape page = scrape(TestVm.ledgerOf(new TestVm("vm", TestVm.AMD_14)), Exposition.TEXT);
        assertThat(family(page, "bhyve_vcpu_exits_total")).hasSize(1);
        assertThat(page.text()).doesNotContain("_rate");
    }

    @Test
    void unaccountedExitsAreTheRestOnAmdAndAbsentOnIntel() {
        TestVm amd = new TestVm("amd", TestVm.AMD_14);
        TestVm intel = new TestVm("intel", TestVm.INTEL_14);
        Ledger ledger = TestVm.ledgerOf(amd, intel);
        amd.add(0, EXITS, 100).add(0, HLT, 60).read(ledger, 2);
        intel.add(0, EXITS, 100).add(0, HLT, 60).read(ledger, 2);
        assertThat(family(scrape(ledger, Exposition.TEXT), "bhyve_vm_unaccounted_exit_rate"))
                .isEqualTo(Map.of("bhyve_vm_unaccounted_exit_rate{vm=\"amd\"}", "20.0"));
    }

    @Test
    void theIpiMatrixIsSummedOverItsTargets() {
        TestVm vm = new TestVm("vm", TestVm.INTEL_12)
                .set(0, "ipis sent to vcpu[0]", 1)
                .set(0, "ipis sent to vcpu[7]", 20)
                .set(0, "ipis sent to vcpu[15]", 300);
        Scrape page = scrape(TestVm.ledgerOf(vm), Exposition.TEXT);
        assertThat(family(page, "bhyve_vcpu_ipis_"))
                .isEqualTo(Map.of("bhyve_vcpu_ipis_sent_total{vcpu=\"0\",vm=\"vm\"}", "321.0"));
    }

    @Test
    void anUnreadableVmKeepsStateErrorsAndLastSampleTimeOnly() {
        TestVm vm = new TestVm("vm", TestVm.AMD_14);
        Ledger ledger = TestVm.ledgerOf(vm);
        vm.miss(ledger, Cause.NO_OUTPUT, 3);
        Scrape page = scrape(ledger, Exposition.TEXT);
        assertThat(page.values().keySet())
                .allMatch(series -> series.startsWith("bhyve_vm_state{")
                        || series.equals("bhyve_vm_last_sample_timestamp_seconds{vm=\"vm\"}")
                        || series.equals("bhyvescope_read_errors_total{cause=\"no_output\",vm=\"vm\"}"))
                .hasSize(6 + 1 + 1);
        assertThat(page.value("bhyve_vm_state{state=\"unreadable\",vm=\"vm\"}")).hasValue(1);
    }

    @Test
    void exactlyOneStateIs1() {
        Map<String, Double> perVm = new TreeMap<>();
        family(scrape(board(), Exposition.TEXT), "bhyve_vm_state")
                .forEach((series, value) ->
                        perVm.merge(series.replaceAll(".*vm=\"(.*)\"}", "$1"), Double.parseDouble(value), Double::sum));
        assertThat(perVm).isEqualTo(Map.of("amd-14", 1.0, "arm64-15", 1.0, "intel-12", 1.0, "lost", 1.0));
    }

    @Test
    void aPageAfterAnyChangeIsThePageOfANewCollector() {
        TestVm one = new TestVm("one", TestVm.AMD_14).active(0, 1);
        TestVm two = new TestVm("two", TestVm.INTEL_12);
        VmId twin = new VmId("two", 4711, TestVm.BEGINNING);
        Ledger ledger = TestVm.ledger(TestVm.HOST);
        VmCollector collector = new VmCollector(ledger::board, TestVm.HOST);
        List<Runnable> steps = List.of(
                () -> ledger.reconcile(List.of(one.id(), two.id())),
                () -> one.read(ledger, 0),
                () -> two.read(ledger, 0),
                () -> one.add(0, EXITS, 100).read(ledger, 1),
                () -> one.active(0, 1, 2).read(ledger, 2),
                () -> one.active(0, 2).read(ledger, 3),
                () -> one.suspended(0).read(ledger, 4),
                () -> one.topology(2, 1, 1).read(ledger, 5),
                () -> one.statistics(TestVm.and(TestVm.AMD_14, List.of(UNKNOWN)))
                        .read(ledger, 6),
                () -> two.miss(ledger, Cause.TIMEOUT, 1),
                () -> two.miss(ledger, Cause.GARBLED, 1),
                () -> two.miss(ledger, Cause.TIMEOUT, 1),
                () -> two.read(ledger, 7),
                ledger::listingFailed,
                () -> ledger.reconcile(List.of(one.id(), twin)),
                () -> ledger.reconcile(List.of(twin)),
                () -> ledger.reconcile(List.of()));
        List<String> pages = new ArrayList<>();
        for (Runnable step : steps) {
            step.run();
            String page = Scrape.of(collector, Exposition.TEXT).text();
            assertThat(page)
                    .as("after step %d", pages.size())
                    .isEqualTo(scrape(ledger, Exposition.TEXT).text());
            pages.add(page);
        }
        // The first names VMs that nobody has read; the last but one removes one that is not read yet.
        assertThat(pages.stream().distinct()).hasSize(steps.size() - 1);
    }

    @ParameterizedTest
    @EnumSource
    void thereAreNoCreatedSeries(Exposition format) {
        String text = everything(format).text();
        assertThat(text).contains("bhyvescope_sample_duration_seconds_count").doesNotContain("_created");
    }

    @Test
    void whatIsExposedIsInTheTableWithItsTypeAndTheOtherWayRound() {
        Map<String, String> exposed = new TreeMap<>(everything(Exposition.TEXT).about("TYPE"));
        exposed.keySet().removeIf(name -> !name.startsWith("bhyve"));
        Map<String, String> table = MetricTable.load().rows().stream()
                .collect(Collectors.toMap(MetricTable.Row::name, MetricTable.Row::type));
        assertThat(exposed).isEqualTo(new TreeMap<>(table));
    }

    @Test
    void helpAndLabelsAreTheTables() {
        Scrape page = everything(Exposition.TEXT);
        Map<String, String> help = page.about("HELP");
        for (MetricTable.Row row : MetricTable.load().rows()) {
            if (!row.name().endsWith("_max")) {
                assertThat(help).containsEntry(row.name(), row.help());
            }
            String suffix = row.type().equals("histogram") ? "_count" : "";
            List<String> series = page.values().keySet().stream()
                    .filter(s -> s.replaceAll("\\{.*", "").equals(row.name() + suffix))
                    .toList();
            assertThat(series).as(row.name()).isNotEmpty();
            for (String one : series) {
                List<String> labels = Pattern.compile("([a-z]+)=\"")
                        .matcher(one)
                        .results()
                        .map(m -> m.group(1))
                        .toList();
                if (!labels.equals(List.of("cause")) || !row.name().equals("bhyvescope_read_errors_total")) {
                    assertThat(labels).as(one).containsExactlyInAnyOrderElementsOf(row.labels());
                }
            }
        }
    }

    @Test
    void vmsAndAgentShareARegistryWithoutAFamilyTwice() {
        for (Exposition format : Exposition.values()) {
            List<String> types = everything(format)
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("# TYPE "))
                    .toList();
            assertThat(types).doesNotHaveDuplicates().anyMatch(t -> t.contains("jvm_memory_used_bytes"));
        }
    }

    @Test
    void theAgentCountsWhatItIsTold() {
        Scrape page = everything(Exposition.TEXT);
        assertThat(page.value("bhyvescope_samples_total")).hasValue(1);
        assertThat(page.value("bhyvescope_vcpu_reads_total")).hasValue(3);
        assertThat(page.value("bhyvescope_locking_reads_total"))
                .as("3 vCPUs' statistics, one state")
                .hasValue(90);
        assertThat(page.value("bhyvescope_sample_duration_seconds_count{source=\"bhyvectl\"}"))
                .hasValue(2);
        assertThat(page.value("bhyvescope_sample_duration_seconds_bucket{source=\"bhyvectl\",le=\"0.025\"}"))
                .hasValue(1);
        assertThat(page.value("bhyvescope_sample_duration_seconds_sum{source=\"bhyvectl\"}")
                        .orElse(0))
                .isCloseTo(3.02, within(1e-9));
        assertThat(page.value("bhyvescope_sample_interval_seconds{schedule=\"stats\"}"))
                .hasValue(5);
        assertThat(page.value("bhyvescope_sample_interval_seconds{schedule=\"state\"}"))
                .hasValue(300);
        assertThat(page.value("bhyvescope_log_suppressed_total")).hasValue(1);
        assertThat(page.value("bhyvescope_unknown_stats")).hasValue(1);
        assertThat(page.value("bhyvescope_abandoned_children")).isEqualTo(OptionalDouble.of(0));
        assertThat(page.values())
                .containsKey("bhyvescope_build_info{java=\"" + Runtime.version() + "\",version=\"1.2.3\"}");
    }

    /** FreeBSD 15 on an Intel with one device for passthrough, and no IOMMU in use. */
    private static final HostFacts LOCKING = new HostFacts(
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.of(1_500_000),
            new Machine(
                    Optional.of("Intel(R) Xeon(R) \"x\""),
                    OptionalLong.of(1),
                    OptionalLong.of(64),
                    OptionalLong.of(0),
                    OptionalLong.of(1),
                    OptionalLong.of(1)));

    @Test
    void theHostIsShown() {
        Scrape page = everything(Exposition.TEXT);

        assertThat(page.values())
                .containsEntry(
                        "bhyve_host_info{model=\"Intel(R) Xeon(R) \\\"x\\\"\",release=\"15.0\",vendor=\"intel\"}", "1")
                .containsEntry("bhyve_host_ppt_devices", "1.0")
                .containsEntry("bhyve_host_iommu_enabled", "1.0")
                .containsEntry("bhyve_host_iommu_events_total", "3.0");
    }

    @Test
    void theMachineAroundTheVmsIsShown() {
        Map<String, String> page = everything(Exposition.TEXT).values();

        assertThat(page)
                .containsEntry("bhyve_vm_ends_total{how=\"triple_fault\",vm=\"gone\"}", "2.0")
                .containsEntry("bhyve_vm_ends_total{how=\"reset\",vm=\"gone\"}", "0.0")
                .containsEntry("bhyve_vm_ends_total{how=\"reset\",vm=\"vm\"}", "0.0")
                .containsEntry("bhyve_vm_process_cpu_seconds_total{mode=\"user\",vm=\"vm\"}", "1.5")
                .containsEntry("bhyve_vm_process_cpu_seconds_total{mode=\"system\",vm=\"vm\"}", "90.25")
                .containsEntry("bhyve_vm_process_resident_bytes{vm=\"vm\"}", "6.7108864E7")
                .containsEntry("bhyve_vcpu_thread_cpu_seconds_total{vcpu=\"1\",vm=\"vm\"}", "41.0")
                .containsEntry("bhyve_vcpu_thread_info{vcpu=\"0\",vm=\"vm\",waits=\"vmidle\"}", "1.0")
                .containsEntry("bhyve_vcpu_thread_info{vcpu=\"1\",vm=\"vm\",waits=\"none\"}", "1.0")
                .containsEntry(
                        "bhyve_ppt_info{device=\"ppt0\",pci=\"pci0:3:0:0\",product=\"0x73af\","
                                + "vendor=\"Advanced Micro\",vm=\"vm\"}",
                        "1.0")
                .containsEntry("bhyve_ppt_interrupts_total{device=\"ppt0\"}", "1234.0")
                .containsEntry("bhyve_ppt_interrupt_rate{device=\"ppt0\"}", "55.5")
                .containsEntry("bhyve_ppt_interrupt_rate_peak{device=\"ppt0\"}", "99.0")
                .containsEntry("bhyve_ppt_interrupt_vectors{device=\"ppt0\"}", "4.0")
                .containsEntry("bhyvescope_host_part_up{part=\"processes\"}", "1.0")
                .containsEntry("bhyvescope_host_part_up{part=\"exit_status\"}", "0.0")
                .containsEntry("bhyvescope_captures_total{trigger=\"stall\"}", "1.0")
                .containsEntry("bhyvescope_captures_total{trigger=\"manual\"}", "0.0");
    }

    @Test
    void whatAThreadWaitsOnChangesWithoutANewLayout() {
        Ledger ledger = board();
        VmCollector collector = new VmCollector(ledger::board, TestVm.HOST);
        HostView first = HostViews.everything();
        ledger.acceptHost(first);
        Scrape.of(collector, Exposition.TEXT);
        BhyveProcess before = first.process("vm").orElseThrow().now();
        BhyveProcess now = new BhyveProcess(
                before.id(),
                "vm",
                1,
                0,
                before.residentBytes(),
                before.userMicros(),
                before.systemMicros(),
                List.of(
                        new BhyveProcess.VcpuThread(0, OptionalLong.of(1), "vmsusp"),
                        before.vcpus().get(1)),
                List.of());
        ledger.acceptHost(new HostView(
                Map.of("vm", new HostView.Running(now, List.of())),
                first.lives(),
                true,
                List.of(),
                first.iommu(),
                first.works()));

        Map<String, String> page = Scrape.of(collector, Exposition.TEXT).values();

        assertThat(page)
                .containsKey("bhyve_vcpu_thread_info{vcpu=\"0\",vm=\"vm\",waits=\"vmsusp\"}")
                .doesNotContainKey("bhyve_vcpu_thread_info{vcpu=\"0\",vm=\"vm\",waits=\"vmidle\"}")
                .as("the device has gone")
                .doesNotContainKey("bhyve_ppt_interrupts_total{device=\"ppt0\"}")
                .containsEntry("bhyve_host_ppt_devices", "0.0");
    }

    /** {@code --source=auto} may turn from one source to another while the agent runs. */
    @Test
    void theSourcesNameIsTheOneInUse() {
        PrometheusRegistry registry = new PrometheusRegistry();
        AtomicReference<String> source = new AtomicReference<>("vmmdev");
        try (Children children = new Children(System::nanoTime)) {
            AgentMeters meters = new AgentMeters(
                    registry,
                    "1",
                    source::get,
                    () -> 0,
                    HostFacts.NONE,
                    () -> false,
                    children,
                    () -> new Board(List.of(), 0, HostView.NONE));
            meters.sampled(1_000_000L, new Reading.Failure(Cause.GONE, "made up"), 0);
            source.set("bhyvectl");
            meters.sampled(1_000_000L, new Reading.Failure(Cause.GONE, "made up"), 0);

            Map<String, String> page = Scrape.of(registry, Exposition.TEXT).values();
            assertThat(page)
                    .containsEntry("bhyvescope_source_info{source=\"bhyvectl\"}", "1")
                    .as("a host that tells nothing")
                    .doesNotContainKeys("bhyve_host_ppt_devices", "bhyve_host_iommu_enabled")
                    .doesNotContainKey("bhyvescope_source_info{source=\"vmmdev\"}")
                    .containsEntry("bhyvescope_sample_duration_seconds_count{source=\"vmmdev\"}", "1")
                    .containsEntry("bhyvescope_sample_duration_seconds_count{source=\"bhyvectl\"}", "1");
        }
    }

    /** The board above and the agent's own meters, as one page. */
    private static Scrape everything(Exposition format) {
        Ledger ledger = board();
        ledger.acceptHost(HostViews.everything());
        PrometheusRegistry registry = new PrometheusRegistry();
        registry.register(new VmCollector(ledger::board, TestVm.HOST));
        try (Children children = new Children(System::nanoTime)) {
            AgentMeters meters = new AgentMeters(
                    registry, "1.2.3", () -> "bhyvectl", () -> 3, LOCKING, () -> true, children, ledger::board);
            try {
                meters.interval(5);
                meters.stateInterval(300);
                meters.stateRead(87);
                meters.sampled(
                        20_000_000L,
                        new TestVm("vm", TestVm.AMD_14).active(0, 1, 2).at(0),
                        0);
                meters.sampled(3_000_000_000L, new Reading.Failure(Cause.TIMEOUT, "made up"), 0);
                meters.logSuppressed();
                meters.registerCaptures(List.of("stall", "manual"));
                meters.captured("stall");
                meters.captureSuppressed("stall");
                meters.captureFailed();
                return Scrape.of(registry, format);
            } finally {
                // Micrometer holds it weakly.
                Reference.reachabilityFence(meters);
            }
        }
    }

    private static Scrape scrape(Ledger ledger, Exposition format) {
        return Scrape.of(new VmCollector(ledger::board, TestVm.HOST), format);
    }

    private static Map<String, String> family(Scrape page, String prefix) {
        Map<String, String> found = new TreeMap<>(page.values());
        found.keySet().removeIf(series -> !series.startsWith(prefix));
        return found;
    }
}
