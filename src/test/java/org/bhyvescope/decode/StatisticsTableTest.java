package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bhyvescope.decode.Statistic.Kind;
import org.bhyvescope.decode.Statistic.Scope;
import org.bhyvescope.decode.Statistic.Unit;
import org.bhyvescope.dump.DumpFixtures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsTableTest {
    private static final StatisticsTable TABLE = StatisticsTable.load();

    /** The contract of design.md, section 5. */
    private static final Set<String> REASONS = Set.of(
            "external_interrupt",
            "hlt",
            "cr_access",
            "rdmsr",
            "wrmsr",
            "monitor_trap",
            "pause",
            "interrupt_window",
            "nmi_window",
            "inout",
            "cpuid",
            "nested_page_fault",
            "instruction_emulation",
            "exception",
            "unknown",
            "wfi",
            "wfe",
            "hvc",
            "msr_mrs",
            "data_abort",
            "instruction_abort",
            "unknown_exception",
            "unhandled_sync",
            "irq",
            "fiq",
            "breakpoint",
            "single_step",
            "unhandled_el2",
            "unhandled");

    private static final String HEADER =
            "description\tmetric\tlabels\tunit\tkind\tscope\tlisted\tcounted\tneeds\tsource\tmeaning\n";
    private static final String ROW =
            "some stat\tbhyve_x_total\tkind=nmi\tevents\tcounter\tvcpu\tamd64:12-\tamd:12-13\t-H"
                    + "\tsys/amd64/vmm/vmm.c X\tIt happened.";

    @ParameterizedTest
    @CsvSource({
        "AMD, 12, 57",
        "AMD, 13, 57",
        "AMD, 14, 43",
        "AMD, 15, 43",
        "INTEL, 12, 56",
        "INTEL, 13, 56",
        "INTEL, 14, 42",
        "INTEL, 15, 42",
        "ARM64, 15, 16",
        "ARM64, 14, 0",
        "RISCV, 15, 4",
        "RISCV, 14, 0"
    })
    void everyKernelListsAsManyLinesAsItsSourceRegisters(Vendor vendor, int release, int lines) {
        int listed = TABLE.rows().stream()
                .filter(r -> r.listed().includes(vendor, release))
                .mapToInt(r -> r.description().endsWith("[*]") ? 16 : 1)
                .sum();

        assertThat(listed).isEqualTo(lines);
    }

    @Test
    void everyRowSaysWhichKernelFileItComesFrom() {
        assertThat(TABLE.rows())
                .isNotEmpty()
                .allSatisfy(r -> assertThat(r.source()).matches("sys/(amd64|arm64|riscv)/vmm/[a-z_/]+\\.c\\b.* .*"));
    }

    @Test
    void everyRowSaysWhatItMeansInOneSentence() {
        assertThat(TABLE.rows()).allSatisfy(r -> assertThat(r.meaning()).matches("[A-Z].{20,}\\."));
    }

    @Test
    void metricNamesAreValidAndSayWhetherTheyCount() {
        assertThat(TABLE.rows()).allSatisfy(r -> {
            assertThat(r.metric()).matches(r.scope() == Scope.VM ? "bhyve_vm_[a-z_]+" : "bhyve_vcpu_[a-z_]+");
            assertThat(r.metric().endsWith("_total")).isEqualTo(r.kind() == Kind.COUNTER);
            assertThat(r.labelName()).matches("[a-z]*");
            assertThat(r.labelValue()).matches("[a-z0-9_]*");
            assertThat(r.labelName().isEmpty()).isEqualTo(r.labelValue().isEmpty());
        });
    }

    @Test
    void theUnitOfTimeAndMemoryIsInTheMetricsName() {
        assertThat(TABLE.rows()).allSatisfy(r -> {
            assertThat(r.metric().contains("_seconds"))
                    .isEqualTo(r.unit() == Unit.TSC_CYCLES || r.unit() == Unit.TICKS);
            assertThat(r.metric().endsWith("_bytes")).isEqualTo(r.unit() == Unit.BYTES);
        });
    }

    @Test
    void oneMetricHasOneLabelNameUnitKindAndScope() {
        assertThat(TABLE.rows().stream().collect(Collectors.groupingBy(Statistic::metric)))
                .allSatisfy((metric, rows) -> assertThat(rows.stream()
                                .map(r -> List.of(r.labelName(), r.unit(), r.kind(), r.scope()))
                                .distinct())
                        .as(metric)
                        .hasSize(1));
    }

    @Test
    void whatIsCountedSomewhereIsListedThere() {
        for (Vendor vendor : List.of(Vendor.AMD, Vendor.INTEL, Vendor.ARM64, Vendor.RISCV)) {
            for (int release = 12; release <= 16; release++) {
                int r = release;
                assertThat(TABLE.rows())
                        .filteredOn(row -> row.counted().includes(vendor, r))
                        .allMatch(row -> row.listed().includes(vendor, r));
            }
        }
    }

    @Test
    void theReasonsAreThoseOfTheContract() {
        assertThat(TABLE.rows().stream()
                        .filter(r -> r.metric().equals(Statistic.EXIT_REASONS))
                        .map(Statistic::labelValue)
                        .collect(Collectors.toSet()))
                .isEqualTo(REASONS);
    }

    @Test
    void theCausesOfReturnsAreThoseOfTheContract() {
        assertThat(TABLE.rows().stream()
                        .filter(r -> r.metric().equals("bhyve_vcpu_returns_total"))
                        .map(Statistic::labelValue))
                .containsExactlyInAnyOrder("userspace", "ast_pending", "idle_requested", "rendezvous");
    }

    @Test
    void whatStaysZeroWithoutAFlagOfBhyveSaysSo() {
        assertThat(TABLE.rows().stream()
                        .filter(r -> !r.needs().isEmpty())
                        .collect(Collectors.toMap(Statistic::description, Statistic::needs)))
                .containsOnly(
                        entry("number of times hlt was intercepted", "-H"),
                        entry("number of ticks vcpu was idle", "-H"),
                        entry("number of times pause was intercepted", "-P"));
    }

    @Test
    void everyStatisticOfTheFixturesIsKnown() {
        assertThat(DumpFixtures.ALL.stream().flatMap(f -> DumpFixtures.block(f).table().names().stream()))
                .allMatch(name -> TABLE.find(name).isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipis sent to vcpu[0]", "ipis sent to vcpu[15]", "ipis sent to vcpu[127]"})
    void anyIndexOfAnArrayIsFound(String description) {
        assertThat(TABLE.find(description).map(Statistic::metric)).contains("bhyve_vcpu_ipis_sent_total");
    }

    @Test
    void anElementWithAMeaningOfItsOwnIsFoundByItsIndex() {
        assertThat(TABLE.find("lvts triggered[1]").map(Statistic::labelValue)).contains("lint1");
        assertThat(TABLE.find("lvts triggered[6]").map(Statistic::labelValue)).contains("cmci");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "lvts triggered[7]",
                "lvts triggered",
                "ipis sent to vcpu",
                "ipis sent to vcpu[",
                "[0]",
                "Total number of vm exits",
                "total number of vm exits ",
                "vm exits for mmio emulation",
                "external-interrupt vm exits with invalid interruption information"
            })
    void whatNoKernelOfOursPrintsIsUnknown(String description) {
        assertThat(TABLE.find(description)).isEmpty();
    }

    // ---- the format of the resource

    @Test
    void aRowIsReadColumnByColumn() {
        Statistic row = StatisticsTable.parse("# comment\n" + HEADER + ROW + "\n")
                .rows()
                .get(0);

        assertThat(row.description()).isEqualTo("some stat");
        assertThat(row.metric()).isEqualTo("bhyve_x_total");
        assertThat(row.labelName()).isEqualTo("kind");
        assertThat(row.labelValue()).isEqualTo("nmi");
        assertThat(row.unit()).isEqualTo(Unit.EVENTS);
        assertThat(row.kind()).isEqualTo(Kind.COUNTER);
        assertThat(row.scope()).isEqualTo(Scope.VCPU);
        assertThat(row.listed().includes(Vendor.INTEL, 99)).isTrue();
        assertThat(row.counted().includes(Vendor.AMD, 13)).isTrue();
        assertThat(row.counted().includes(Vendor.AMD, 14)).isFalse();
        assertThat(row.needs()).isEqualTo("-H");
        assertThat(row.source()).isEqualTo("sys/amd64/vmm/vmm.c X");
        assertThat(row.meaning()).isEqualTo("It happened.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "events|apples",
                "counter|meter",
                "vcpu\t|core\t",
                "amd64:12-|amd64",
                "amd64:12-|sparc:12-",
                "amd64:12-|amd64:9-",
                "amd64:12-|'amd64:12- '",
                "amd:12-13|amd:12-13,intel:12-",
                "kind=nmi|nmi",
                "kind=nmi|kind=nmi=x"
            })
    void aMalformedRowIsRefusedNamingTheLine(String good, String bad) {
        String line = ROW.replace(good, bad);
        assertThat(line).isNotEqualTo(ROW);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> StatisticsTable.parse(HEADER + ROW.replace("some", "other") + "\n" + line + "\n"))
                .withMessageContaining(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "only one cell", "a\tb\tc"})
    void aRowWithTooFewCellsIsRefusedNamingTheLine(String line) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StatisticsTable.parse(HEADER + line + "\n"))
                .withMessageContaining("columns instead of 11: " + line);
    }

    @Test
    void aRowWithTooManyCellsIsRefusedNamingTheLine() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StatisticsTable.parse(HEADER + ROW + "\tmore\n"))
                .withMessageContaining("12 columns instead of 11: " + ROW);
    }

    @Test
    void aDescriptionTwiceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StatisticsTable.parse(HEADER + ROW + "\n" + ROW + "\n"))
                .withMessageContaining("some stat");
    }
}
