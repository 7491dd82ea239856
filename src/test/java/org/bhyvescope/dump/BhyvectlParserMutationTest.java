package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Damaged texts: cut, bytes changed, lines repeated and in another order. Whatever the damage, nothing is thrown, nothing
 * is invented, and what the damage did not touch is found. System property {@code bhyvescope.fuzz.inputs} says how many.
 */
class BhyvectlParserMutationTest {
    private static final int INPUTS = Integer.getInteger("bhyvescope.fuzz.inputs", 200_000);
    private static final long SEED = Long.getLong("bhyvescope.fuzz.seed", 1358147L);

    /** A line with its newline, and whether the damage touched it. */
    private record Line(byte[] bytes, boolean touched, String text, String name, long value) {
        private static final Pattern ROW = Pattern.compile("([^\t]+?) *\t(-?[0-9]+)\n");

        static Line untouched(byte[] bytes) {
            String text = new String(bytes, ISO_8859_1);
            Matcher row = ROW.matcher(text);
            return row.matches()
                    ? new Line(bytes, false, text, group(row, 1), Long.parseLong(group(row, 2)))
                    : new Line(bytes, false, text, "", 0);
        }

        static Line touched(byte[] bytes) {
            return new Line(bytes, true, new String(bytes, ISO_8859_1), "", 0);
        }

        boolean isUntouchedRow() {
            return !name.isEmpty();
        }

        private static String group(Matcher matcher, int group) {
            return Objects.requireNonNull(matcher.group(group));
        }
    }

    private record Damaged(List<Line> lines, byte[] bytes) {}

    @Test
    void whatTheDamageDidNotTouchIsFoundAndNothingIsInvented() {
        List<List<Line>> originals =
                DumpFixtures.ALL.stream().map(f -> lines(DumpFixtures.bytes(f))).toList();
        List<StatTable> tables = DumpFixtures.ALL.stream()
                .map(f -> DumpFixtures.block(f).table())
                .toList();
        long foundRows = 0;
        for (int i = 0; i < INPUTS; i++) {
            Random random = new Random(SEED + i);
            Damaged damaged = damage(originals.get(random.nextInt(originals.size())), random);
            StatTable expected = random.nextBoolean() ? tables.get(random.nextInt(tables.size())) : StatTable.EMPTY;
            try {
                BhyvectlText text = BhyvectlParser.parse(damaged.bytes(), expected);
                foundRows += checkFound(damaged, text);
                if (i % 64 == 0) {
                    checkNothingInvented(damaged, text);
                }
                checkCounts(damaged, text);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + (SEED + i) + ", text:\n" + new String(damaged.bytes(), ISO_8859_1), e);
            }
        }
        assertThat(foundRows).as("rows that could be checked").isGreaterThan(INPUTS * 5L);
    }

    private static Damaged damage(List<Line> original, Random random) {
        List<Line> lines = new ArrayList<>(original);
        int header = headerOf(lines);
        if (random.nextInt(3) == 0) {
            Collections.shuffle(lines.subList(header + 1, lastRowOf(lines) + 1), random);
        }
        for (int k = random.nextInt(3); k > 0; k--) {
            int from = header + 1 + random.nextInt(lastRowOf(lines) - header);
            lines.add(header + 1 + random.nextInt(lastRowOf(lines) - header + 1), lines.get(from));
        }
        for (int k = random.nextInt(4); k > 0; k--) {
            // Not the header: without it no row belongs to a vCPU, which another test says.
            int at = header + 1 + random.nextInt(lines.size() - header - 1);
            byte[] bytes = lines.get(at).bytes().clone();
            int where = random.nextInt(bytes.length);
            bytes[where] =
                    (byte) (random.nextBoolean() ? random.nextInt(256) : bytes[where] ^ (1 << random.nextInt(8)));
            lines.set(at, Line.touched(bytes));
            if (bytes[bytes.length - 1] != '\n' && at + 1 < lines.size()) {
                lines.set(at + 1, Line.touched(lines.get(at + 1).bytes()));
            }
        }
        int size = lines.stream().mapToInt(l -> l.bytes().length).sum();
        byte[] bytes = new byte[size];
        int to = 0;
        for (Line line : lines) {
            System.arraycopy(line.bytes(), 0, bytes, to, line.bytes().length);
            to += line.bytes().length;
        }
        if (random.nextInt(4) != 0) {
            return new Damaged(lines, bytes);
        }
        int keep = random.nextInt(size + 1);
        List<Line> kept = new ArrayList<>();
        int end = 0;
        for (Line line : lines) {
            end += line.bytes().length;
            if (end > keep) {
                break;
            }
            kept.add(line);
        }
        return new Damaged(kept, Arrays.copyOf(bytes, keep));
    }

    /** Every whole and untouched row whose description no damaged line bears is there with its value. */
    private static int checkFound(Damaged damaged, BhyvectlText text) {
        List<String> touched =
                damaged.lines().stream().filter(Line::touched).map(Line::text).toList();
        int found = 0;
        for (Line line : damaged.lines()) {
            String name = line.name();
            if (!line.isUntouchedRow() || touched.stream().anyMatch(t -> t.contains(name))) {
                continue;
            }
            boolean there = text.stats().stream()
                    .anyMatch(b ->
                            b.table().column(name) >= 0 && b.value(b.table().column(name)) == line.value());
            if (!there) {
                throw new AssertionError("lost: " + line.text());
            }
            found++;
        }
        return found;
    }

    private static void checkNothingInvented(Damaged damaged, BhyvectlText text) {
        List<String> lines = Stream.of(new String(damaged.bytes(), ISO_8859_1).split("\n", -1))
                .map(String::strip)
                .toList();
        for (StatBlock block : text.stats()) {
            for (int i = 0; i < block.table().size(); i++) {
                String name = block.table().name(i);
                long value = block.value(i);
                assertThat(lines)
                        .anyMatch(l -> l.startsWith(name)
                                && (l.endsWith(Long.toString(value)) || l.endsWith(Long.toUnsignedString(value))));
            }
        }
    }

    private static void checkCounts(Damaged damaged, BhyvectlText text) {
        byte[] bytes = damaged.bytes();
        boolean cut = bytes.length > 0 && bytes[bytes.length - 1] != '\n';
        int newlines = 0;
        for (byte b : bytes) {
            newlines += b == '\n' ? 1 : 0;
        }
        int understood = text.nullRows() + text.unknownLines();
        for (StatBlock block : text.stats()) {
            understood += 1 + block.table().size();
        }
        if (text.cut() != cut || understood > newlines) {
            throw new AssertionError("cut " + text.cut() + ", " + understood + " of " + newlines + " lines");
        }
    }

    private static int headerOf(List<Line> lines) {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).text().endsWith(" stats:\n")) {
                return i;
            }
        }
        throw new IllegalArgumentException("no header");
    }

    private static int lastRowOf(List<Line> lines) {
        int i = lines.size() - 1;
        while (!lines.get(i).isUntouchedRow()) {
            i--;
        }
        return i;
    }

    private static List<Line> lines(byte[] text) {
        List<Line> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length; i++) {
            if (text[i] == '\n') {
                lines.add(Line.untouched(Arrays.copyOfRange(text, from, i + 1)));
                from = i + 1;
            }
        }
        return lines;
    }
}
