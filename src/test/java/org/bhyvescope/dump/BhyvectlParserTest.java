package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class BhyvectlParserTest {
    private static final String HEADER = "vcpu0 stats:\n";

    @SuppressWarnings("unused") // by name
    static final List<String> FIXTURES = DumpFixtures.ALL;

    // ---- rows

    @Test
    void aRowIsSplitAtItsLastTab() {
        StatBlock block = block("number of times hlt was intercepted     \t75539\n");

        assertThat(block.table().names()).containsExactly("number of times hlt was intercepted");
        assertThat(block.value(0)).isEqualTo(75539);
    }

    @Test
    void aDescriptionMayHoldPercentSlashBracketsColonsAndDigits() {
        StatBlock block = block("number of times %cr access/in 4: [x] 7\t1\nlvts triggered[6]\t2\n");

        assertThat(block.table().names())
                .containsExactly("number of times %cr access/in 4: [x] 7", "lvts triggered[6]");
    }

    @Test
    void aDescriptionWithATabInsideIsNoStatistic() {
        BhyvectlText text = parse(HEADER + "some\tthing\t5\nResident memory\t1\n");

        assertThat(only(text).table().names()).containsExactly("Resident memory");
        assertThat(text.firstUnknown()).isEqualTo("some\tthing\t5");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 39, 40, 41, 42, 54, 127, 160})
    void aDescriptionMayHaveAnyLengthAroundAndBeyondItsColumn(int length) {
        String name = "d".repeat(length);

        StatBlock block = block(String.format("%-40s\t%d\n", name, 17));

        assertThat(block.table().names()).containsExactly(name);
        assertThat(block.value(0)).isEqualTo(17);
    }

    @Test
    void aDescriptionLongerThanTheKernelCanPrintIsNoStatistic() {
        BhyvectlText text = parse(HEADER + "d".repeat(161) + "\t1\n");

        assertThat(only(text).table().size()).isZero();
        assertThat(text.unknownLines()).isEqualTo(1);
        assertThat(text.firstUnknown()).isEqualTo("d".repeat(80));
    }

    @Test
    void arraysAreOneColumnPerElement() {
        StatBlock block = DumpFixtures.block(DumpFixtures.INTEL_12);

        assertThat(IntStream.range(0, 16)
                        .mapToLong(i -> value(block, "ipis sent to vcpu[" + i + "]"))
                        .toArray())
                .containsExactly(1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169, 196, 225, 256);
        assertThat(value(block, "lvts triggered[6]")).isEqualTo(233);
    }

    @Test
    void rowsMayComeInAnyOrder() {
        List<String> rows = new ArrayList<>(List.of("a\t1\n", "b\t2\n", "c\t3\n"));
        Collections.reverse(rows);

        StatBlock block = block(String.join("", rows));

        assertThat(block.table().names()).containsExactly("c", "b", "a");
        assertThat(List.of(value(block, "a"), value(block, "b"), value(block, "c")))
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void tabsThatAPasteTurnedIntoSpacesSplitToo() {
        String pasted = DumpFixtures.text(DumpFixtures.AMD_14).replaceAll("\t", "    ");

        assertThat(rows(parse(pasted))).isEqualTo(rows(parse(DumpFixtures.text(DumpFixtures.AMD_14))));
    }

    @Test
    void tabsAndPaddingThatAPasteMadeOneSpaceSplitToo() {
        String pasted = DumpFixtures.text(DumpFixtures.INTEL_12).replaceAll("[ \t]+", " ");

        assertThat(rows(parse(pasted))).isEqualTo(rows(parse(DumpFixtures.text(DumpFixtures.INTEL_12))));
    }

    @Test
    void anIndentedPasteIsReadAsIfItWereNot() {
        String pasted = DumpFixtures.text(DumpFixtures.RISCV_15).replaceAll("(?m)^(?=.)", "    ");

        assertThat(rows(parse(pasted))).isEqualTo(rows(parse(DumpFixtures.text(DumpFixtures.RISCV_15))));
    }

    @ParameterizedTest
    @FieldSource("FIXTURES")
    void linesThatEndWithCrLfAreReadAsIfTheyDidNot(String fixture) {
        BhyvectlText crLf = parse(DumpFixtures.text(fixture).replace("\n", "\r\n"));

        assertThat(rows(crLf)).isEqualTo(rows(parse(DumpFixtures.text(fixture))));
        assertThat(crLf.unknownLines()).isZero();
        assertThat(crLf.active()).isEqualTo(parse(DumpFixtures.text(fixture)).active());
    }

    @Test
    void bytesAbove127AreLatin1() {
        StatBlock block = block("exits for \u00e9tat \u00ff\t3\n");

        assertThat(block.table().names()).containsExactly("exits for \u00e9tat \u00ff");
    }

    @Test
    void aNulByteSpoilsItsLineOnly() {
        BhyvectlText text = parse("0\t3072MB\tsysmem\t\0wired/iommu\n" + HEADER + "a\0b\t1\nResident memory\t2\n");

        assertThat(only(text).table().names()).containsExactly("Resident memory");
        assertThat(text.unknownLines()).isEqualTo(2);
    }

    @Test
    void blankLinesMeanNothing() {
        BhyvectlText text = parse("\n" + HEADER + "\n  \t\r\na\t1\n\n\nb\t2\n\n");

        assertThat(only(text).table().names()).containsExactly("a", "b");
        assertThat(text.unknownLines()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Resident memory\t",
                "Resident memory",
                "Resident memory\tn/a",
                "Resident memory\t0x10",
                "\t5",
                "5",
                "Resident memory\t5.0",
                "Resident memory\t--5",
                "Resident memory\t-",
                "Resident memory\t5-",
                "Resident memory\t+5",
                "Resident memory\t\u00b2"
            })
    void aLineWithoutADescriptionAndANumberIsNoStatistic(String line) {
        BhyvectlText text = parse(HEADER + line + "\nb\t2\n");

        assertThat(only(text).table().names()).containsExactly("b");
        assertThat(text.unknownLines()).isEqualTo(1);
        assertThat(text.firstUnknown()).isEqualTo(line.strip());
    }

    @Test
    void theSecondRowOfADescriptionIsRefusedAndCounted() {
        BhyvectlText text = parse(HEADER + "a\t1\nb\t2\na\t3\n");

        assertThat(value(only(text), "a")).isEqualTo(1);
        assertThat(only(text).table().size()).isEqualTo(2);
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    @Test
    void aRowRepeatedWhereTheExpectedTableHasTheNextOneIsRefusedAndCounted() {
        StatTable expected = new StatTable(List.of("a", "b"));

        BhyvectlText text = parse(HEADER + "a\t1\na\t9\nb\t2\n", expected);

        assertThat(rows(text)).containsExactly("vcpu0 a=1", "vcpu0 b=2");
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    @Test
    void rowsBeforeAnyHeaderBelongToNoVcpu() {
        BhyvectlText text = parse("Resident memory\t1\n" + HEADER + "b\t2\n");

        assertThat(rows(text)).containsExactly("vcpu0 b=2");
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    // ---- numbers

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "9223372036854775807, 7fffffffffffffff",
        "9223372036854775808, 8000000000000000",
        "18446744073709551615, ffffffffffffffff",
        "-1, ffffffffffffffff",
        "-9223372036854775808, 8000000000000000",
        "00000000000000000007, 7"
    })
    void aNegativeOrLargeValueIsTheSame64BitsUnsigned(String printed, String hex) {
        assertThat(Long.toHexString(block("a\t" + printed + "\n").value(0))).isEqualTo(hex);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "18446744073709551616",
                "99999999999999999999",
                "123456789012345678901",
                "-9223372036854775809",
                "-18446744073709551615"
            })
    void aNumberThatDoesNotFit64BitsIsRefused(String printed) {
        BhyvectlText text = parse(HEADER + "a\t" + printed + "\n");

        assertThat(only(text).table().size()).isZero();
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    @Test
    void theCountsOfAllFixturesAreWhatTheirKernelsList() {
        assertThat(FIXTURES.stream().map(f -> DumpFixtures.block(f).table().size()))
                .containsExactly(43, 56, 16, 4);
    }

    // ---- limits

    @Test
    void aBlockHoldsAtMost1024Rows() {
        String rows = IntStream.rangeClosed(1, 1025)
                .mapToObj(i -> "stat " + i + "\t" + i + "\n")
                .collect(Collectors.joining());

        BhyvectlText text = parse(HEADER + rows);

        assertThat(only(text).table().size()).isEqualTo(1024);
        assertThat(value(only(text), "stat 1024")).isEqualTo(1024);
        assertThat(text.unknownLines()).isEqualTo(1);
        assertThat(text.firstUnknown()).isEqualTo("stat 1025\t1025");
    }

    @Test
    void anUnknownLineIsShownShortened() {
        BhyvectlText text = parse("x".repeat(5000) + "\nsecond\n");

        assertThat(text.firstUnknown()).isEqualTo("x".repeat(80));
        assertThat(text.unknownLines()).isEqualTo(2);
    }

    // ---- blocks

    @ParameterizedTest
    @CsvSource({"vcpu0 stats:, 0", "vcpu7 stats:, 7", "vcpu1023 stats:, 1023", "'  vcpu12 stats:  ', 12"})
    void theHeaderSaysWhichVcpuItIs(String header, int vcpu) {
        assertThat(only(parse(header + "\na\t1\n")).vcpu()).isEqualTo(vcpu);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vcpu stats:",
                "vcpu-1 stats:",
                "vcpu4096 stats:",
                "vcpu99999999999 stats:",
                "vcpu0x1 stats:",
                "vcpu0 stats",
                "vcpu0stats:",
                "VCPU0 STATS:",
                "vcpu 0 stats:"
            })
    void aHeaderWithoutAVcpuIdIsNoHeader(String header) {
        BhyvectlText text = parse(header + "\na\t1\n");

        assertThat(text.stats()).isEmpty();
        assertThat(text.firstUnknown()).isEqualTo(header);
    }

    @Test
    void severalBlocksAreKeptInTheirOrder() {
        BhyvectlText text = parse("vcpu3 stats:\na\t1\nvcpu1 stats:\nb\t2\nvcpu3 stats:\na\t3\n");

        assertThat(rows(text)).containsExactly("vcpu3 a=1", "vcpu1 b=2", "vcpu3 a=3");
    }

    @Test
    void aHeaderWithoutRowsIsABlockWithoutRows() {
        BhyvectlText text = parse(HEADER);

        assertThat(only(text).table().size()).isZero();
        assertThat(text.cut()).isFalse();
    }

    @Test
    void aLineThatBhyvectlPrintsAroundABlockEndsIt() {
        // Two --get-all in one file: the second one's registers are not the first one's statistics.
        BhyvectlText text = parse(HEADER + "a\t1\ncpu_topology:\tsockets=1, cores=2, threads=1, maxcpus=16\n"
                + "x2apic_state[1]\t0\nexit_reason[1]\t7\nvcpu1 stats:\na\t2\n");

        assertThat(rows(text)).containsExactly("vcpu0 a=1", "vcpu1 a=2");
        assertThat(text.unknownLines()).isEqualTo(2);
    }

    @Test
    void aLineThatNobodyKnowsDoesNotEndABlock() {
        BhyvectlText text = parse(HEADER + "a\t1\nbhyvectl: something on stderr\nb\t2\n");

        assertThat(rows(text)).containsExactly("vcpu0 a=1", "vcpu0 b=2");
    }

    // ---- tables

    @ParameterizedTest
    @FieldSource("FIXTURES")
    void theExpectedTableItselfIsInTheResultWhenTheListIsTheSame(String fixture) {
        StatTable expected = DumpFixtures.block(fixture).table();

        StatBlock again = only(BhyvectlParser.parse(DumpFixtures.bytes(fixture), expected));

        assertThat(again.table()).isSameAs(expected);
        assertThat(again.valuesIn(expected))
                .isEqualTo(DumpFixtures.block(fixture).valuesIn(expected));
    }

    @Test
    void aListInAnotherOrderHasItsOwnTableAndIsAlignedByName() {
        StatTable expected = new StatTable(List.of("a", "b", "c"));

        StatBlock block = only(parse(HEADER + "a\t1\nc\t3\nb\t2\n", expected));

        assertThat(block.table().names()).containsExactly("a", "c", "b");
        assertThat(block.valuesIn(expected)).containsExactly(1, 2, 3);
    }

    @Test
    void aShorterListHasATableOfItsOwn() {
        StatTable expected = new StatTable(List.of("a", "b", "c"));

        StatBlock block = only(parse(HEADER + "a\t1\nb\t2\n", expected));

        assertThat(block.table().names()).containsExactly("a", "b");
        assertThat(block.valuesIn(expected)).isNull();
    }

    @Test
    void aLongerListHasATableOfItsOwn() {
        StatTable expected = new StatTable(List.of("a", "b"));

        StatBlock block = only(parse(HEADER + "a\t1\nb\t2\nc\t3\n", expected));

        assertThat(rows(parse(HEADER + "a\t1\nb\t2\nc\t3\n", expected)))
                .containsExactly("vcpu0 a=1", "vcpu0 b=2", "vcpu0 c=3");
        assertThat(block.valuesIn(expected)).isNull();
    }

    @Test
    void moreRowsThanTheExpectedTableHasRoomForAreKept() {
        String rows =
                IntStream.range(0, 300).mapToObj(i -> "s" + i + "\t" + i + "\n").collect(Collectors.joining());

        StatBlock block = only(parse(HEADER + rows, new StatTable(List.of("s0"))));

        assertThat(IntStream.range(0, 300).filter(i -> value(block, "s" + i) != i))
                .isEmpty();
    }

    @Test
    void anArrayThatGrewIsSeenThoughItsBeginningIsAsExpected() {
        StatTable expected = DumpFixtures.block(DumpFixtures.AMD_14).table();
        String text = DumpFixtures.text(DumpFixtures.AMD_14).replace("lvts triggered[6]  ", "lvts triggered[66] ");

        StatBlock block = only(parse(text, expected));

        assertThat(block.table().column("lvts triggered[66]")).isEqualTo(expected.column("lvts triggered[6]"));
        assertThat(block.valuesIn(expected)).isNull();
    }

    // ---- (null) rows, errno, cut and empty texts

    @Test
    void nullRowsAreCountedAndAreNoStatistics() {
        BhyvectlText text = parse(HEADER + "a\t1\n(null)                                  \t812\n(null)\t-4\n");

        assertThat(text.nullRows()).isEqualTo(2);
        assertThat(text.unknownLines()).isZero();
        assertThat(rows(text)).containsExactly("vcpu0 a=1");
    }

    @Test
    void anErrnoLineIsRead() {
        assertThat(parse("errno = 22\n").errno()).isEqualTo(OptionalInt.of(22));
        assertThat(parse("errno = 0\n").errno()).isEqualTo(OptionalInt.of(0));
    }

    @Test
    void anErrnoLineAfterTheStatisticsIsNoStatistic() {
        // The VM goes away between --get-stats and --get-cpu-topology.
        BhyvectlText text = parse(HEADER + "a\t1\nerrno = 6\n");

        assertThat(text.errno()).isEqualTo(OptionalInt.of(6));
        assertThat(rows(text)).containsExactly("vcpu0 a=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"errno = ", "errno = x", "errno = -1", "errno = 10000", "errno = 6 7"})
    void anErrnoLineWithoutAnErrorNumberIsCountedAsUnknown(String line) {
        BhyvectlText text = parse(line + "\n");

        assertThat(text.errno()).isEmpty();
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    @Test
    void anEmptyTextHoldsNothing() {
        BhyvectlText text = parse("");

        assertThat(text.stats()).isEmpty();
        assertThat(text.active()).isEmpty();
        assertThat(text.suspended()).isEmpty();
        assertThat(text.topology()).isEmpty();
        assertThat(text.errno()).isEmpty();
        assertThat(text.unknownLines()).isZero();
        assertThat(text.cut()).isFalse();
    }

    @Test
    void aLastLineWithoutNewlineIsLeftOutSinceHalfANumberIsNoNumber() {
        BhyvectlText text = parse(HEADER + "a\t1\ntotal number of vm exits\t3259");

        assertThat(text.cut()).isTrue();
        assertThat(rows(text)).containsExactly("vcpu0 a=1");
        assertThat(text.unknownLines()).isZero();
    }

    @Test
    void whereverATextIsCutTheWholeLinesAreReadAndNothingElse() {
        byte[] whole = DumpFixtures.bytes(DumpFixtures.AMD_14);
        List<String> all = rows(parse(DumpFixtures.text(DumpFixtures.AMD_14)));
        for (int length = 0; length <= whole.length; length++) {
            String cut = new String(whole, 0, length, ISO_8859_1);
            int wholeRows = Math.max(0, (int) cut.chars().filter(c -> c == '\n').count() - 3);

            BhyvectlText text = parse(cut);

            assertThat(rows(text)).isEqualTo(all.subList(0, Math.min(wholeRows, all.size())));
            assertThat(text.unknownLines()).isZero();
            assertThat(text.cut()).isEqualTo(length > 0 && !cut.endsWith("\n"));
        }
    }

    // ---- sets and topology

    @Test
    void theSetsAndTheTopologyAroundAreRead() {
        BhyvectlText text = parse(DumpFixtures.text(DumpFixtures.AMD_14));

        assertThat(text.active()).contains(CpuSet.of(0, 1, 2, 3));
        assertThat(text.suspended()).contains(CpuSet.NONE);
        assertThat(text.topology()).contains(new Topology(1, 2, 2, 32));
        assertThat(text.topology().orElseThrow().label()).isEqualTo("1x2x2");
    }

    @Test
    void aSetOfOneVcpuAfterABlockIsASetAndNoStatistic() {
        BhyvectlText text = parse(HEADER + "a\t1\nactive cpus:\t 0\nsuspended cpus:\t 0\n");

        assertThat(text.active()).contains(CpuSet.of(0));
        assertThat(text.suspended()).contains(CpuSet.of(0));
        assertThat(rows(text)).containsExactly("vcpu0 a=1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "active cpus:\t 0|0",
                "active cpus:\t (none)|(none)",
                "active cpus:  0, 1|0, 1",
                "active cpus:0,1,2|0, 1, 2",
                "active cpus:\t 3, 1, 2, 1|1, 2, 3",
                "active cpus:\t 4095|4095"
            })
    void aSetIsReadHoweverItIsSpaced(String line, String members) {
        assertThat(parse(line + "\n").active().map(CpuSet::toString)).contains(members);
    }

    @Test
    void aSetMayHoldEveryIdOfALargeHost() {
        String all = IntStream.range(0, 1024).mapToObj(Integer::toString).collect(Collectors.joining(", "));

        CpuSet set = parse("active cpus:\t " + all + "\n").active().orElseThrow();

        assertThat(set.size()).isEqualTo(1024);
        assertThat(set.get(1023)).isEqualTo(1023);
        assertThat(set).hasToString(all);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " x",
                " 0, x",
                " 0,, 1",
                " 0, ",
                ", 0",
                " -1",
                " 4096",
                " 0 1",
                " 99999999999999999999",
                " (none), 1",
                " none"
            })
    void aGarbledSetIsNoSetAndNeverTheSetOfWhatWasReadable(String members) {
        BhyvectlText text = parse(HEADER + "a\t1\nactive cpus:\t" + members + "\nsuspended cpus:\t" + members + "\n");

        assertThat(text.active()).isEmpty();
        assertThat(text.suspended()).isEmpty();
        assertThat(text.unknownLines()).isEqualTo(2);
        assertThat(rows(text)).containsExactly("vcpu0 a=1");
    }

    @Test
    void theSetOfStoppedVcpusIsUnderstoodAndLeftAlone() {
        assertThat(parse("debug cpus:\t (none)\n").unknownLines()).isZero();
        assertThat(parse("debug cpus:\t ?\n").unknownLines()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cpu_topology:\tsockets=1, cores=2, threads=1",
                "cpu_topology:",
                "cpu_topology:\tsockets=1, cores=2, threads=1, maxcpus=x",
                "cpu_topology:\tsockets=1, cores=2, threads=1, maxcpus=16, dies=1",
                "cpu_topology:\tsockets=999999, cores=2, threads=1, maxcpus=16"
            })
    void aGarbledTopologyIsNone(String line) {
        BhyvectlText text = parse(line + "\n");

        assertThat(text.topology()).isEmpty();
        assertThat(text.unknownLines()).isEqualTo(1);
    }

    // ---- anything at all

    @Test
    void noTextMadeOfBhyvectlsOwnPiecesIsTooMuch() {
        String[] pieces = {
            "vcpu",
            "0",
            " stats:",
            "\n",
            "\t",
            " ",
            "-",
            "18446744073709551615",
            "9",
            "active cpus:",
            "(none)",
            ", ",
            "(null)",
            "errno = ",
            "cpu_topology:",
            "sockets=1, cores=1, threads=1, maxcpus=16",
            "\0",
            "\r",
            "\u00ff",
            "Resident memory",
            "[3]"
        };
        Random random = new Random(20261124);
        StatTable expected = DumpFixtures.block(DumpFixtures.AMD_14).table();
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(40); k > 0; k--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            BhyvectlText result = parse(text.toString(), expected);
            long lines = text.chars().filter(c -> c == '\n').count();
            long understood =
                    result.stats().stream().mapToLong(b -> 1 + b.table().size()).sum()
                            + result.nullRows()
                            + result.unknownLines();
            assertThat(understood).as("lines of %s", text).isLessThanOrEqualTo(lines);
        }
    }

    private static BhyvectlText parse(String text) {
        return parse(text, StatTable.EMPTY);
    }

    private static BhyvectlText parse(String text, StatTable expected) {
        return BhyvectlParser.parse(text.getBytes(ISO_8859_1), expected);
    }

    private static StatBlock block(String rows) {
        BhyvectlText text = parse(HEADER + rows);
        assertThat(text.unknownLines()).isZero();
        return only(text);
    }

    private static StatBlock only(BhyvectlText text) {
        assertThat(text.stats()).hasSize(1);
        return text.stats().get(0);
    }

    private static long value(StatBlock block, String name) {
        int column = block.table().column(name);
        assertThat(column).as(name).isNotNegative();
        return block.value(column);
    }

    /** All blocks as text: {@code vcpu0 name=value}, unsigned. */
    static List<String> rows(BhyvectlText text) {
        return text.stats().stream()
                .flatMap(b -> IntStream.range(0, b.table().size())
                        .mapToObj(i ->
                                "vcpu" + b.vcpu() + " " + b.table().name(i) + "=" + Long.toUnsignedString(b.value(i))))
                .toList();
    }
}
