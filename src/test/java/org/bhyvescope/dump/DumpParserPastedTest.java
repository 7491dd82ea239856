package org.bhyvescope.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a terminal, a mail, a logger or a paste does to a text does not change what it says. */
class DumpParserPastedTest {
    /** Columns between tab stops of a terminal. */
    private static final int TAB = 8;

    static Stream<Arguments> forms() {
        Map<String, UnaryOperator<String>> ways = Map.of(
                "tabs to spaces", text -> each(text, DumpParserPastedTest::expanded),
                "indented", text -> each(text, line -> "    " + line),
                "CR LF", text -> text.replace("\n", "\r\n"),
                "quoted", text -> each(text, line -> "> " + line),
                "quoted twice", text -> each(text, line -> "> > " + line),
                "syslog", text -> each(text, line -> "Sep 22 10:35:00 host7 watcher[4411]: " + line),
                "coloured", text -> each(text, line -> "\u001b[32m" + line + "\u001b[0m"),
                "blank lines between", text -> text.replace("\n", "\n\n"));
        return Stream.of(DumpFixtures.GET_ALL_AMD_14, DumpFixtures.GET_ALL_AMD_15, DumpFixtures.GET_ALL_INTEL_12)
                .flatMap(fixture -> ways.entrySet().stream()
                        .map(way -> Arguments.of(way.getKey() + ", " + fixture, fixture, way.getValue())));
    }

    private static String each(String text, UnaryOperator<String> change) {
        return text.lines().map(change).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String expanded(String line) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            out.append(c == '\t' ? " ".repeat(TAB - out.length() % TAB) : String.valueOf(c));
        }
        return out.toString();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forms")
    void aPastedDumpSaysTheSame(String name, String fixture, UnaryOperator<String> way) {
        String original = DumpFixtures.text(fixture);

        assertThat(DumpFacts.of(way.apply(original)))
                .as(name)
                .containsExactlyInAnyOrderEntriesOf(DumpFacts.of(original));
    }

    @Test
    void aRowThatALoggerRepeatedIsNotAnotherRowUnderTheLoggersName() {
        String row = "Sep 22 10:35:00 host7 watcher[4411]: total number of vm exits                \t12969\n";

        assertThat(DumpFacts.of(row + row)).isEqualTo(DumpFacts.of(row)).hasSize(1);
    }

    @Test
    void twoRowsOfTheMemoryMapOnOneLineAreNotOneRow() {
        String header = "Address     Length      Segment     Offset      Prot  Flags\n";
        String row = "0           3072MB      sysmem      0           RWX   ";

        assertThat(DumpFacts.of(header + row + "\n")).hasSize(1);
        assertThat(DumpFacts.of(header + row + row + "\n")).isEmpty();
    }

    @Test
    void jsonRecordsAreUnescapedAndJoined() {
        BhyveMessage.VmExit exit = (BhyveMessage.VmExit)
                DumpParser.parse(PastedTexts.JSON.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1))
                        .messages()
                        .get(0);

        assertThat(exit.vcpu()).hasValue(7);
        assertThat(exit.values()).containsEntry("exitcode", 0x7cL).containsEntry("exitinfo1", 1L);
        assertThat(exit.cut()).isFalse();
    }

    @Test
    void theNulsOfTheMemoryMapMayBeLost() {
        String original = DumpFixtures.text(DumpFixtures.GET_ALL_AMD_14);

        assertThat(original).contains("\0");
        assertThat(DumpFacts.of(original.replace("\0", ""))).containsExactlyInAnyOrderEntriesOf(DumpFacts.of(original));
    }
}
