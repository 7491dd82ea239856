package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bhyvescope.decode.StatPlan.Series;
import org.bhyvescope.dump.DumpFixtures;
import org.bhyvescope.dump.StatTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class StatPlanTest {
    private static final StatisticsTable MEANINGS = StatisticsTable.load();

    @SuppressWarnings("unused") // by name
    static final List<String> FIXTURES = DumpFixtures.ALL;

    @ParameterizedTest
    @CsvSource({
        DumpFixtures.AMD_14 + ", AMD",
        DumpFixtures.INTEL_12 + ", INTEL",
        DumpFixtures.ARM64_15 + ", ARM64",
        DumpFixtures.RISCV_15 + ", RISCV"
    })
    void theVendorIsRecognisedByTheListOfStatistics(String fixture, Vendor vendor) {
        assertThat(plan(fixture).vendor()).isEqualTo(vendor);
    }

    @Test
    void theVendorIsUnknownWhereTheListTellsNothing() {
        assertThat(plan(new StatTable(List.of("total number of vm exits", "Resident memory", "novelty")))
                        .vendor())
                .isEqualTo(Vendor.UNKNOWN);
        assertThat(plan(StatTable.EMPTY).vendor()).isEqualTo(Vendor.UNKNOWN);
    }

    @Test
    void anArm64ListIsNotTakenForItsRiscvPart() {
        StatTable riscv = DumpFixtures.block(DumpFixtures.RISCV_15).table();
        List<String> names = new ArrayList<>(riscv.names());
        names.add("number of times wfi was intercepted");

        assertThat(plan(riscv).vendor()).isEqualTo(Vendor.RISCV);
        assertThat(plan(new StatTable(names)).vendor()).isEqualTo(Vendor.ARM64);
    }

    @ParameterizedTest
    @FieldSource("FIXTURES")
    void everyColumnIsInOneSeriesOrUnknownAndInNoOther(String fixture) {
        StatPlan plan = plan(with(fixture, "novelty", "lvts triggered[7]"));

        List<Integer> columns = new ArrayList<>();
        plan.series().forEach(s -> IntStream.of(s.columns()).forEach(columns::add));
        IntStream.of(plan.unknownColumns()).forEach(columns::add);

        assertThat(columns)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, plan.table().size()).boxed().toList());
    }

    @ParameterizedTest
    @FieldSource("FIXTURES")
    void theOrderOfTheListDoesNotMatter(String fixture) {
        List<String> names = new ArrayList<>(DumpFixtures.block(fixture).table().names());
        Collections.reverse(names);
        StatPlan plan = plan(fixture);
        StatPlan reversed = plan(new StatTable(names));

        assertThat(reversed.vendor()).isEqualTo(plan.vendor());
        assertThat(keys(reversed)).containsExactlyInAnyOrderElementsOf(keys(plan));
    }

    @Test
    void unknownDescriptionsAreKeptAsUnknownColumns() {
        StatPlan plan = plan(with(DumpFixtures.AMD_14, "vm exits for mmio emulation", "lvts triggered[7]"));

        assertThat(plan.unknownColumns()).containsExactly(43, 44);
        assertThat(plan.isCounter(43)).isFalse();
        assertThat(plan.vendor()).isEqualTo(Vendor.AMD);
        assertThat(plan(DumpFixtures.AMD_14).unknownColumns()).isEmpty();
    }

    @Test
    void theUnknownColumnsAreACopy() {
        StatPlan plan = plan(new StatTable(List.of("novelty")));

        plan.unknownColumns()[0] = 99;

        assertThat(plan.unknownColumns()).containsExactly(0);
    }

    @Test
    void onAmdBothInterruptWindowLinesAreOneSeries() {
        StatPlan plan = plan(DumpFixtures.AMD_14);
        StatTable table = plan.table();

        Series window = reason(plan, "interrupt_window");

        assertThat(window.columns())
                .containsExactlyInAnyOrder(
                        table.column("vm exits due to interrupt window opening"),
                        table.column("VM exits due to interrupt window"));
        assertThat(window.counted()).isTrue();
    }

    @Test
    void onIntelTheGenericInterruptWindowLineIsTheSeries() {
        Series window = reason(plan(DumpFixtures.INTEL_12), "interrupt_window");

        assertThat(window.columns()).hasSize(1);
        assertThat(window.counted()).isTrue();
    }

    @Test
    void theMatrixOfIpisIsOneSeriesOfSixteenColumns() {
        StatPlan plan = plan(DumpFixtures.INTEL_12);

        Series sent = series(plan, "bhyve_vcpu_ipis_sent_total", "");

        assertThat(sent.columns()).hasSize(16);
        assertThat(IntStream.of(sent.columns()).mapToObj(plan.table()::name))
                .allMatch(n -> n.startsWith("ipis sent to vcpu["));
        assertThat(IntStream.of(sent.columns())
                        .mapToLong(DumpFixtures.block(DumpFixtures.INTEL_12)::value)
                        .sum())
                .isEqualTo(1496);
        assertThat(sent.counted()).isTrue();
    }

    @Test
    void sinceRelease14SentIpisAreOneColumnOfTheSameSeries() {
        StatPlan plan = plan(DumpFixtures.AMD_14);

        assertThat(series(plan, "bhyve_vcpu_ipis_sent_total", "").columns())
                .containsExactly(plan.table().column("ipis sent from vcpu"));
        assertThat(series(plan, "bhyve_vcpu_ipis_received_total", "").counted()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"cr_access", "monitor_trap", "nmi_window"})
    void whatAmdNeverCountsIsWithheldThereAndCountedOnIntel(String reason) {
        assertThat(reason(plan(DumpFixtures.AMD_14), reason).counted()).isFalse();
        assertThat(reason(plan(amd12()), reason).counted()).isFalse();
        assertThat(reason(plan(DumpFixtures.INTEL_12), reason).counted()).isTrue();
    }

    @Test
    void returnsToUserspaceAreWithheldOnAmdBefore14AndCountedElsewhere() {
        assertThat(series(plan(amd12()), "bhyve_vcpu_returns_total", "userspace")
                        .counted())
                .isFalse();
        assertThat(series(plan(DumpFixtures.AMD_14), "bhyve_vcpu_returns_total", "userspace")
                        .counted())
                .isTrue();
        assertThat(series(plan(DumpFixtures.INTEL_12), "bhyve_vcpu_returns_total", "userspace")
                        .counted())
                .isTrue();
    }

    @Test
    void allElseOnAmdIsCounted() {
        assertThat(plan(DumpFixtures.AMD_14).series())
                .filteredOn(s -> !s.counted())
                .extracting(s -> s.statistic().labelValue())
                .containsExactlyInAnyOrder("cr_access", "monitor_trap", "nmi_window");
    }

    @Test
    void whatBhyveCountsOnlyWithAFlagIsCounted() {
        assertThat(reason(plan(DumpFixtures.INTEL_12), "hlt").counted()).isTrue();
        assertThat(reason(plan(DumpFixtures.AMD_14), "pause").counted()).isTrue();
    }

    @Test
    void onAHostOfUnknownVendorNothingKnownIsWithheld() {
        StatPlan plan =
                plan(new StatTable(List.of("number of times %cr access was intercepted", "vcpu total runtime")));

        assertThat(plan.series()).hasSize(2).allMatch(Series::counted);
        assertThat(plan.runtimeColumn()).isEqualTo(1);
    }

    @Test
    void runTimeIsWithheldWhereTheKernelNeverCountsIt() {
        assertThat(plan(DumpFixtures.ARM64_15).runtimeColumn()).isEqualTo(-1);
        assertThat(plan(DumpFixtures.RISCV_15).runtimeColumn()).isEqualTo(-1);
        assertThat(series(plan(DumpFixtures.ARM64_15), "bhyve_vcpu_run_seconds_total", "")
                        .counted())
                .isFalse();
    }

    @Test
    void theColumnsThatEverySampleNeedsAreFoundByName() {
        StatPlan amd = plan(DumpFixtures.AMD_14);
        StatPlan intel = plan(DumpFixtures.INTEL_12);

        assertThat(amd.table().name(amd.totalColumn())).isEqualTo("total number of vm exits");
        assertThat(amd.table().name(amd.runtimeColumn())).isEqualTo("vcpu total runtime");
        assertThat(amd.table().name(amd.idleColumn())).isEqualTo("number of ticks vcpu was idle");
        assertThat(intel.table().name(intel.totalColumn())).isEqualTo("total number of vm exits");
        assertThat(plan(DumpFixtures.ARM64_15).totalColumn()).isEqualTo(1);
        assertThat(plan(DumpFixtures.ARM64_15).idleColumn()).isEqualTo(-1);
        assertThat(plan(StatTable.EMPTY).totalColumn()).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        DumpFixtures.AMD_14 + ", true",
        DumpFixtures.INTEL_12 + ", false",
        DumpFixtures.ARM64_15 + ", true",
        DumpFixtures.RISCV_15 + ", false"
    })
    void theTotalMinusTheReasonsSaysSomethingOnAmdAndArm64Only(String fixture, boolean accounts) {
        assertThat(plan(fixture).accountsForAll()).isEqualTo(accounts);
    }

    @Test
    void onArm64TheReasonsAddUpToTheTotal() {
        StatPlan plan = plan(DumpFixtures.ARM64_15);
        var block = DumpFixtures.block(DumpFixtures.ARM64_15);

        assertThat(plan.reasons()).hasSize(14).allMatch(Series::counted);
        assertThat(plan.reasons().stream()
                        .flatMapToInt(s -> IntStream.of(s.columns()))
                        .mapToLong(block::value)
                        .sum())
                .isEqualTo(block.value(plan.totalColumn()));
    }

    @Test
    void onAmdTheReasonsAddUpToTheTotal() {
        StatPlan plan = plan(DumpFixtures.AMD_14);
        var block = DumpFixtures.block(DumpFixtures.AMD_14);

        assertThat(plan.reasons()).hasSize(15);
        assertThat(plan.reasons().stream()
                        .flatMapToInt(s -> IntStream.of(s.columns()))
                        .mapToLong(block::value)
                        .sum())
                .isEqualTo(block.value(plan.totalColumn()));
    }

    @Test
    void memoryIsAGaugeAndAllElseCounts() {
        StatPlan plan = plan(DumpFixtures.AMD_14);

        assertThat(IntStream.range(0, 43).filter(i -> !plan.isCounter(i)).mapToObj(plan.table()::name))
                .containsExactly("Resident memory", "Wired memory");
    }

    private static StatPlan plan(String fixture) {
        return plan(DumpFixtures.block(fixture).table());
    }

    private static StatPlan plan(StatTable table) {
        return StatPlan.of(table, MEANINGS);
    }

    /** An AMD host of release 12: the Intel list with the vendor's lines exchanged. */
    private static StatTable amd12() {
        List<String> names = new ArrayList<>(
                DumpFixtures.block(DumpFixtures.INTEL_12).table().names());
        names.removeIf(n -> n.startsWith("Number of vpid"));
        names.addAll(List.of(
                "VM exits during event delivery", "Events pending at VM entry", "VM exits due to interrupt window"));
        assertThat(names).hasSize(57);
        return new StatTable(names);
    }

    private static StatTable with(String fixture, String... more) {
        List<String> names = new ArrayList<>(DumpFixtures.block(fixture).table().names());
        names.addAll(List.of(more));
        return new StatTable(names);
    }

    private static Series reason(StatPlan plan, String reason) {
        return plan.reasons().stream()
                .filter(s -> s.statistic().labelValue().equals(reason))
                .findFirst()
                .orElseThrow();
    }

    private static Series series(StatPlan plan, String metric, String labelValue) {
        List<Series> found = plan.series().stream()
                .filter(s -> s.statistic().metric().equals(metric)
                        && s.statistic().labelValue().equals(labelValue))
                .toList();
        assertThat(found).as(metric + " " + labelValue).hasSize(1);
        return found.get(0);
    }

    private static List<String> keys(StatPlan plan) {
        return plan.series().stream()
                .map(s -> s.statistic().metric() + " " + s.statistic().labelValue() + " " + s.columns().length + " "
                        + s.counted())
                .toList();
    }
}
