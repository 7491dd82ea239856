package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bhyvescope.decode.ExitCode.Handling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every row of every table. */
class TablesTest {
    private static final WordTable WORDS = WordTable.load();
    private static final ValueTable VALUES = ValueTable.load();
    private static final FieldTable FIELDS = FieldTable.load();

    /** A section, appendix or table of a manual, or a file of FreeBSD's sources and a name in it. */
    private static final Pattern SOURCE = Pattern.compile(
            "(APM vol\\. [12]|SDM vol\\. 3) (§\\d+(\\.\\d+)*(, §\\d+(\\.\\d+)*)*( table \\d+-\\d+)?|app\\. [A-D])"
                    + "|Arm ARM \\(DDI 0487\\) ch\\. D\\d+ \\w+"
                    + "|(sys|usr\\.sbin|lib|include)/[\\w./]+\\.[ch] \\w+");

    static Stream<ExitTable> exitTables() {
        return Stream.of(ExitTable.amd(), ExitTable.intel());
    }

    private static List<Word> words() {
        return WORDS.ids().stream().map(id -> WORDS.find(id).orElseThrow()).toList();
    }

    private static List<FieldMeaning> fields() {
        return FIELDS.names().stream().map(n -> FIELDS.find(n).orElseThrow()).toList();
    }

    private static boolean isSource(String source) {
        return Stream.of(source.split("; ", -1))
                .allMatch(piece -> SOURCE.matcher(piece).matches());
    }

    @Test
    void everyRowSaysWhichManualSectionOrKernelFileItComesFrom() {
        Map<String, String> sources = new HashMap<>();
        exitTables().flatMap(t -> t.rows().stream()).forEach(r -> sources.put("exit " + r.codes() + r, r.source()));
        for (Word word : words()) {
            sources.put("word " + word.id(), word.source());
            word.fields().forEach(f -> sources.put(word.id() + " " + f.bits(), f.source()));
        }
        for (String table : VALUES.ids()) {
            VALUES.table(table)
                    .forEach(
                            r -> sources.put(table + " " + r.values(), r.named().source()));
        }
        fields().forEach(f -> sources.put("field " + f.name(), f.source()));

        assertThat(sources).hasSizeGreaterThan(1000);
        assertThat(sources)
                .allSatisfy((row, source) ->
                        assertThat(isSource(source)).as(row + ": " + source).isTrue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "APM",
                "APM vol. 2",
                "SDM",
                "Intel manual",
                "vmcb.h",
                "sys/amd64/vmm/amd/vmcb.h",
                "VMCB_EXIT_ICEBP",
                "APM vol. 2 app. C; SDM"
            })
    void aGenericSourceWouldBeRefused(String source) {
        assertThat(isSource(source)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("exitTables")
    void noTwoExitRowsClaimACode(ExitTable table) {
        List<ExitRow> rows = table.rows();
        for (ExitRow a : rows) {
            assertThat(rows).filteredOn(b -> a.codes().overlaps(b.codes())).containsExactly(a);
        }
    }

    @ParameterizedTest
    @MethodSource("exitTables")
    void everyExitRowHasANameASentenceAndWordsThatExist(ExitTable table) {
        assertThat(table.rows()).isNotEmpty().allSatisfy(r -> {
            assertThat(r.name()).isNotEmpty();
            assertThat(r.meaning()).matches("[A-Z].{10,}\\.");
            assertThat(Stream.of(r.info1(), r.info2()).filter(w -> !w.isEmpty()))
                    .allMatch(w -> WORDS.ids().contains(w));
            assertThat(r.doubt()).matches("|not verified.*");
        });
    }

    @ParameterizedTest
    @MethodSource("exitTables")
    void whatFreebsdDoesIsToldForEveryReleaseOrForNoneAndOnlyOnce(ExitTable table) {
        assertThat(table.rows()).filteredOn(r -> !r.handling().isEmpty()).allSatisfy(r -> {
            for (int release = 12; release <= 16; release++) {
                int asked = release;
                assertThat(r.handling())
                        .filteredOn(h -> h.first() <= asked && asked <= h.last())
                        .hasSize(1);
            }
        });
        assertThat(table.rows())
                .filteredOn(r -> r.handling().isEmpty())
                .allMatch(r -> r.name().equals(ExitRow.UNUSED) || r.name().equals("reserved for host software"));
    }

    @ParameterizedTest
    @MethodSource("exitTables")
    void theStatisticsThatCountAnExitExist(ExitTable table) {
        StatisticsTable statistics = StatisticsTable.load();
        List<Handling> handlings =
                table.rows().stream().flatMap(r -> r.handling().stream()).toList();

        assertThat(handlings.stream().flatMap(h -> h.statistics().stream()))
                .hasSizeGreaterThan(10)
                .allMatch(s -> statistics.find(s).isPresent());
        assertThat(handlings)
                .allSatisfy(h -> assertThat(h.text()).doesNotContain("{", "|").matches("\\S.{10,}\\S"));
    }

    @Test
    void theBitsOfAWordDoNotOverlap() {
        for (Word word : words()) {
            long seen = 0;
            for (Field field : word.fields()) {
                assertThat(seen & field.mask()).as(word.id() + " " + field).isZero();
                seen |= field.mask();
            }
            assertThat(word.title()).as(word.id()).isNotEmpty();
            assertThat(word.fields()).as(word.id()).isNotEmpty();
        }
    }

    @Test
    void theNamedBitsOfAWordHaveNamesOfTheirOwn() {
        for (Word word : words()) {
            Set<String> names = new HashSet<>();
            assertThat(word.fields())
                    .filteredOn(f -> f.show() != Field.Show.RESERVED
                            && f.show() != Field.Show.DEFAULT1
                            && f.show() != Field.Show.SILENT)
                    .as(word.id())
                    .allMatch(f -> names.add(f.name()));
        }
    }

    @Test
    void theEnumerationsOfTheBitsExist() {
        assertThat(words().stream().flatMap(w -> w.fields().stream()))
                .filteredOn(f -> !f.table().isEmpty())
                .hasSizeGreaterThan(20)
                .allMatch(f -> VALUES.ids().contains(f.table()));
        assertThat(words().stream().flatMap(w -> w.fields().stream()))
                .allMatch(f -> f.table().isEmpty() != (f.show() == Field.Show.ENUM || f.show() == Field.Show.KIND)
                        || f.show() == Field.Show.HEX);
    }

    @Test
    void noTwoRowsOfAnEnumerationClaimAValue() {
        for (String table : VALUES.ids()) {
            List<ValueTable.Row> rows = VALUES.table(table);
            for (ValueTable.Row a : rows) {
                assertThat(rows)
                        .filteredOn(b -> a.values().overlaps(b.values()))
                        .as(table + " " + a)
                        .containsExactly(a);
                assertThat(a.named().name()).isNotEmpty();
            }
        }
    }

    @Test
    void theRowsOfAWordOrAnEnumerationStandTogether() {
        for (String resource : List.of("bits.tsv", "values.tsv")) {
            List<String> ids = new ArrayList<>();
            for (String row : Tsv.load(resource)) {
                if (ids.isEmpty() || !ids.get(ids.size() - 1).equals(Tsv.key(row))) {
                    ids.add(Tsv.key(row));
                }
            }
            assertThat(ids).as(resource).doesNotHaveDuplicates();
        }
    }

    @Test
    void theWordsAndEnumerationsOfTheFieldsExist() {
        assertThat(fields()).allSatisfy(f -> {
            switch (f.kind()) {
                case BITS -> assertThat(WORDS.ids()).contains(f.word());
                case ENUM -> assertThat(VALUES.ids()).contains(f.word());
                default -> assertThat(f.word()).isEqualTo(f.name().endsWith(" desc") ? "segment_access" : "");
            }
            assertThat(f.meaning()).matches("[A-Z].{5,}\\.");
            assertThat(f.group()).isIn("register", "segment", "control", "exit", "host");
        });
    }

    @Test
    void whatIsOfTheHostIsSensitive() {
        assertThat(fields())
                .filteredOn(f -> f.kind() == FieldMeaning.Kind.HOST_PHYSICAL
                        || f.kind() == FieldMeaning.Kind.HOST_VIRTUAL
                        || f.group().equals("host"))
                .hasSize(16)
                .allMatch(FieldMeaning::sensitive);
        assertThat(fields())
                .filteredOn(FieldMeaning::sensitive)
                .extracting(FieldMeaning::name)
                .contains("host_rip", "eptp", "rvi/npt", "io_bitmap", "msr_bitmap")
                .doesNotContain("rip", "rsp", "cr3", "gpa", "gla");
    }

    @Test
    void everyLineOfADumpHasAField() {
        List<String> registers = List.of(
                ("efer cr0 cr2 cr3 cr4 dr0 dr1 dr2 dr3 dr6 dr7 rsp rip rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12"
                                + " r13 r14 r15 rflags cs ds es fs gs ss tr ldtr gdtr idtr")
                        .split(" ", -1));
        List<String> amd = List.of(
                "cr_intercept",
                "dr_intercept",
                "exc_intercept",
                "inst1_intercept",
                "inst2_intercept",
                "TLB ctrl",
                "exitinfo1",
                "exitinfo2",
                "exitintinfo",
                "v_irq/tpr",
                "AVIC apic_bar",
                "AVIC backing page",
                "AVIC logical table",
                "AVIC physical table",
                "rvi/npt",
                "io_bitmap",
                "asid");
        List<String> intel =
                List.of(("cr0_mask cr0_shadow cr4_mask cr4_shadow cr3_target_count cr3_target0 cr3_target1 cr3_target2"
                                + " cr3_target3 pinbased_ctls procbased_ctls procbased_ctls2 gla gpa"
                                + " entry_interruption_info tpr_threshold instruction_error exit_ctls entry_ctls"
                                + " host_pat host_cr0 host_cr3 host_cr4 host_rip host_rsp vmcs_pointer"
                                + " vmcs_exit_interruption_info vmcs_exit_interruption_error"
                                + " vmcs_guest_interruptibility vmcs_exit_inst_length vmcs_exit_qualification"
                                + " eptp io_bitmap_a io_bitmap_b vpid")
                        .split(" ", -1));
        List<String> both = List.of(
                ("x2apic_state exception_bitmap tsc_offset msr_bitmap guest_pat guest_sysenter_cs guest_sysenter_sp"
                                + " guest_sysenter_ip exit_reason")
                        .split(" ", -1));
        List<String> descriptors = Stream.of("ds", "es", "fs", "gs", "ss", "cs", "tr", "ldtr")
                .map(s -> s + " desc")
                .toList();

        assertThat(amd).allMatch(n -> FIELDS.find(n).map(FieldMeaning::vendor).equals(Optional.of(Vendor.AMD)));
        assertThat(intel).allMatch(n -> FIELDS.find(n).map(FieldMeaning::vendor).equals(Optional.of(Vendor.INTEL)));
        assertThat(Stream.of(registers, both, descriptors).flatMap(List::stream))
                .allMatch(n -> FIELDS.find(n).map(FieldMeaning::vendor).equals(Optional.of(Vendor.UNKNOWN)));
        assertThat(FIELDS.names())
                .hasSize(amd.size() + intel.size() + registers.size() + both.size() + descriptors.size());
    }
}
