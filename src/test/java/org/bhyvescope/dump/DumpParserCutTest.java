package org.bhyvescope.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts that start or stop anywhere, and texts whose lines were shuffled: less is known, but nothing else. */
class DumpParserCutTest {
    private static final int SHORT = 2000;
    private static final int NEAR = 2;
    private static final int STEP = 37;

    static Stream<String> texts() {
        Stream<String> dumps = DumpFixtures.GET_ALL.stream().map(DumpFixtures::text);
        return Stream.concat(dumps, PastedTexts.ALL.stream());
    }

    /**
     * Where texts are cut: anywhere in the short ones and in one dump. The lines of the other dumps are mostly the same, so
     * of these only around the ends of lines, where a number is almost or just whole, and here and there between.
     */
    private static int[] offsets(String text) {
        IntStream all = IntStream.range(1, text.length());
        boolean any = text.length() < SHORT || text.equals(DumpFixtures.text(DumpFixtures.GET_ALL_AMD_14));
        return (any ? all : all.filter(at -> at % STEP == 0 || isNearNewline(text, at))).toArray();
    }

    private static boolean isNearNewline(String text, int at) {
        int newline = text.indexOf('\n', Math.max(0, at - NEAR - 1));
        return newline >= 0 && newline <= at + NEAR - 1;
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aTextThatStopsAnywhereClaimsNothingThatTheWholeDoesNot(String text) {
        Map<String, String> whole = DumpFacts.of(text);
        for (int end : offsets(text)) {
            String cut = text.substring(0, end);
            assertClaimed(cut, DumpFacts.of(cut), whole);
        }
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aTextThatStartsAnywhereClaimsNothingThatTheWholeDoesNot(String text) {
        Map<String, String> whole = unnamed(DumpFacts.of(text));
        for (int start : offsets(text)) {
            String cut = text.substring(start);
            assertClaimed(cut, unnamed(DumpFacts.of(cut)), whole);
        }
    }

    @ParameterizedTest
    @MethodSource("texts")
    void whatComesBeforeTheCutLineIsKept(String text) {
        int step = Math.max(1, text.length() / 40);
        for (int end = 0; end < text.length(); end += step) {
            int lineEnd = text.lastIndexOf('\n', end - 1) + 1;
            Map<String, String> lines = DumpFacts.of(text.substring(0, lineEnd));

            assertThat(DumpFacts.of(text.substring(0, end))).containsAllEntriesOf(lines);
        }
    }

    @ParameterizedTest
    @MethodSource("dumps")
    void shuffledFieldsHaveTheSameValues(String fixture) {
        List<String> lines = DumpFixtures.text(fixture).lines().toList();
        int first = 0;
        while (!lines.get(first).startsWith("efer[")) {
            first++;
        }
        int last = first;
        while (!lines.get(last).startsWith("rtc ")) {
            last++;
        }
        Random random = new Random(12);
        Map<String, String> inOrder = DumpFacts.of(DumpFixtures.text(fixture));
        for (int i = 0; i < 50; i++) {
            List<String> shuffled = new ArrayList<>(lines);
            Collections.shuffle(shuffled.subList(first, last), random);

            assertThat(DumpFacts.of(String.join("\n", shuffled) + "\n")).isEqualTo(inOrder);
        }
    }

    static Stream<String> dumps() {
        return Stream.of(DumpFixtures.GET_ALL_AMD_14, DumpFixtures.GET_ALL_AMD_15, DumpFixtures.GET_ALL_INTEL_12);
    }

    private static void assertClaimed(String cut, Map<String, String> claimed, Map<String, String> whole) {
        claimed.forEach((fact, value) -> {
            if (!value.equals(whole.get(fact))) {
                throw new AssertionError("claims " + fact + " = " + value + ", the whole says " + whole.get(fact)
                        + ", from:\n" + cut.substring(0, Math.min(200, cut.length())) + "\n...\n"
                        + cut.substring(Math.max(0, cut.length() - 200)));
            }
        });
    }

    /** Without what names the vCPU or the first message, it cannot be told whose the rest is. */
    private static Map<String, String> unnamed(Map<String, String> facts) {
        Map<String, String> unnamed = new LinkedHashMap<>();
        facts.forEach((fact, value) -> unnamed.put(
                fact.replaceFirst("^vcpu-?\\d+ (stat|pending|current|capability)", "$1")
                        .replaceFirst("^message \\d+", "message"),
                value));
        return unnamed;
    }
}
