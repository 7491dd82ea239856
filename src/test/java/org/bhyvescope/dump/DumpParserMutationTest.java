package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bhyvescope.Captures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Texts of bhyvectl, bhyve and loggers, damaged at random. Whatever the damage, nothing is thrown, what a line says that
 * the damage did not touch is found, and what is found stands in the original or in a damaged line. System property
 * {@code bhyvescope.fuzz.dumps} says how many texts, {@code bhyvescope.fuzz.seed} which.
 */
class DumpParserMutationTest {
    /** Half of them of fixtures, half of captures. */
    private static final int TEXTS = Integer.getInteger("bhyvescope.fuzz.dumps", 20_000) / 2;

    private static final long SEED = Long.getLong("bhyvescope.fuzz.seed", 881412L);
    private static final Pattern BY_ITSELF =
            Pattern.compile("vcpu\\d+ (?!stat |pending|current).*|active|suspended|debug|topology|rtc|nvram \\d+");
    private static final Pattern FIELD = Pattern.compile("vcpu\\d+ .*");
    private static final Pattern MESSAGE = Pattern.compile("^message \\d+");

    /** Facts whose vCPU another line tells. */
    private static final Pattern OF_OTHER = Pattern.compile("^vcpu-?\\d+ (?=stat |pending|current|capability )");

    /** An undamaged text: its lines, all that it says, and what each line says by itself. */
    private record Original(List<String> lines, Set<String> facts, Map<String, Map<String, String>> own) {
        static Original of(String text) {
            List<String> lines = text.lines().toList();
            Map<String, Map<String, String>> own = new HashMap<>();
            lines.forEach(line -> own.put(line, alone(line)));
            return new Original(lines, said(DumpFacts.of(text)), own);
        }

        /** What needs no other line to be told. It stands behind one, since a first line may lack its beginning. */
        private static Map<String, String> alone(String line) {
            Map<String, String> facts = DumpFacts.of("-\n" + line + "\n");
            facts.keySet().removeIf(fact -> !BY_ITSELF.matcher(fact).matches());
            return facts;
        }
    }

    @Test
    void damagedFixturesLoseAndInventNothing() {
        Stream<String> dumps = Stream.concat(DumpFixtures.GET_ALL.stream(), DumpFixtures.ALL.stream())
                .map(DumpFixtures::text);
        long found = check(Stream.concat(dumps, PastedTexts.ALL.stream()).toList());

        assertThat(found).as("facts that could be checked").isGreaterThan(2L * TEXTS);
    }

    @Test
    void damagedCapturesLoseAndInventNothing() throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Captures.path("."))) {
            for (Path file : files.filter(p -> p.toString().matches(".*\\.(txt|stdout|merged)"))
                    .sorted()
                    .toList()) {
                texts.add(Files.readString(file, ISO_8859_1));
            }
        }
        texts.removeIf(String::isEmpty);

        assertThat(check(texts)).as("facts that could be checked").isGreaterThan(2L * TEXTS);
    }

    @ParameterizedTest
    @ValueSource(strings = {DumpFixtures.GET_ALL_AMD_14, DumpFixtures.GET_ALL_AMD_15, DumpFixtures.GET_ALL_INTEL_12})
    void aFieldOfADumpIsSomethingThatItsLineSaysByItself(String fixture) {
        Original original = Original.of(DumpFixtures.text(fixture));
        Set<String> alone = new HashSet<>();
        original.own().values().forEach(own -> alone.addAll(said(own)));

        assertThat(original.facts().stream().filter(f -> FIELD.matcher(f).matches()))
                .hasSizeGreaterThan(50)
                .allMatch(alone::contains);
    }

    private static long check(List<String> texts) {
        List<Original> originals = texts.stream().map(Original::of).toList();
        LongAdder found = new LongAdder();
        LongStream.range(SEED, SEED + TEXTS).parallel().forEach(seed -> {
            Random random = new Random(seed);
            Original original = originals.get(random.nextInt(originals.size()));
            DamagedText damaged = DamagedText.of(original.lines(), random);
            try {
                Map<String, String> facts = DumpFacts.of(damaged.text());
                DamageEvidence evidence = new DamageEvidence(damaged);
                found.add(checkFound(original, damaged, evidence, facts));
                checkNothingInvented(original, evidence, facts);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e + ", text:\n" + damaged.text(), e);
            }
        });
        return found.sum();
    }

    private static Set<String> said(Map<String, String> facts) {
        Set<String> said = new HashSet<>();
        facts.forEach((fact, value) -> said.add(unnamed(fact) + " = " + value));
        return said;
    }

    /** Without the vCPU where other lines tell it, and without the number of a message. */
    private static String unnamed(String fact) {
        return OF_OTHER.matcher(MESSAGE.matcher(fact).replaceFirst("message")).replaceFirst("");
    }

    /** A whole and untouched line that a torn one could not take is found, unless a damaged one names the same. */
    private static int checkFound(
            Original original, DamagedText damaged, DamageEvidence evidence, Map<String, String> facts) {
        boolean begun = false;
        int found = 0;
        int end = 0;
        for (int i = 0; i < damaged.lines().size(); i++) {
            DamagedText.Line line = damaged.lines().get(i);
            int at = damaged.text().indexOf(line.text(), end);
            end = at + line.text().length();
            if (at < 0 || end == damaged.text().length()) {
                break; // cut, and what is behind it is gone
            }
            boolean first = !begun;
            begun |= !Pasted.readings(Pasted.clean(line.text())).get(0).isEmpty();
            if (line.touched()
                    || first
                    || i == 0
                    || DamageEvidence.isTorn(damaged.lines().get(i - 1))) {
                continue;
            }
            for (Map.Entry<String, String> own :
                    original.own().getOrDefault(line.text(), Map.of()).entrySet()) {
                if (evidence.names(own.getKey())) {
                    continue;
                }
                if (!own.getValue().equals(facts.get(own.getKey()))) {
                    throw new AssertionError("lost: " + own + ", said: " + facts.get(own.getKey()));
                }
                found++;
            }
        }
        return found;
    }

    private static void checkNothingInvented(Original original, DamageEvidence evidence, Map<String, String> facts) {
        facts.forEach((fact, value) -> {
            if (!original.facts().contains(unnamed(fact) + " = " + value) && !evidence.supports(fact, value)) {
                throw new AssertionError("invented: " + fact + " = " + value);
            }
        });
    }
}
