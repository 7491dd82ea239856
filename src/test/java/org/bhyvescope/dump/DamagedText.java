package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A part of a text, damaged at random: lines lost, repeated, in another order, split, joined, torn by a complaint, bytes
 * changed, pieces of other lines put in; then perhaps quoted, and cut.
 *
 * @param lines the lines before the whole was quoted and cut
 * @param prefix what then stands before each
 * @param text what is left to read
 */
record DamagedText(List<Line> lines, String prefix, String text) {
    static final String COMPLAINT = "Couldn't open /dev/mem: Permission denied";
    static final String BOLD = "\u001b[1m";

    static final String RECORD = "{\"log\":\"";

    private static final int MAX_LINES = 40;
    private static final List<String> PREFIXES =
            List.of("", "", "", "", "", "> ", "> > ", "    ", "Sep 22 10:35:00 host7 watcher[4411]: ");
    private static final String LIKELY = "0123456789abcdefx[]\t ,>\\";
    private static final List<String> PIECES = List.of(
            "vm exit[0]",
            "\treason\t\tSVM",
            "\texitinfo1\t0x1",
            "] at 0x",
            "Failed to emulate instruction [0x0f",
            COMPLAINT,
            RECORD,
            "\\n\\t",
            "0x",
            "[1]",
            "active cpus:\t 0,",
            "errno = 6",
            "vcpu1 stats:",
            "> ",
            "^M",
            BOLD,
            "Sep 22 10:35:00 host7 bhyve[11]: ",
            "\0",
            "\r",
            "\u00a0",
            "VMCS_GUEST_RIP: 0x0000000000000001",
            "SVM code  Count");

    /** A line without its newline, and whether the damage changed it. */
    record Line(String text, boolean touched) {}

    /** Damages some of the lines of a text. */
    static DamagedText of(List<String> original, Random random) {
        int from = random.nextInt(original.size());
        int to = Math.min(original.size(), from + 1 + random.nextInt(MAX_LINES));
        List<Line> lines = new ArrayList<>();
        original.subList(from, to).forEach(line -> lines.add(new Line(line, false)));
        if (random.nextInt(4) == 0) {
            Collections.shuffle(lines, random);
        }
        for (int k = random.nextInt(5); k > 0; k--) {
            damage(lines, random);
        }
        String prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
        String newline = random.nextInt(8) == 0 ? "\r\n" : "\n";
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(prefix).append(line.text()).append(newline));
        if (random.nextInt(4) == 0) {
            text.setLength(random.nextInt(text.length() + 1));
        }
        return new DamagedText(lines, prefix, text.toString());
    }

    /** What is left of the line in which the text ends, or empty. */
    String cutLine() {
        String last = text.substring(text.lastIndexOf('\n') + 1);
        return last.startsWith(prefix) ? last.substring(prefix.length()) : "";
    }

    private static void damage(List<Line> lines, Random random) {
        int at = random.nextInt(lines.size());
        String text = lines.get(at).text();
        int where = random.nextInt(text.length() + 1);
        String before = text.substring(0, where);
        String behind = text.substring(where);
        switch (random.nextInt(8)) {
            case 0 -> lines.add(random.nextInt(lines.size() + 1), lines.get(at));
            case 1 -> lines.add(at, new Line(piece(random), true));
            case 2 -> lines.set(at, new Line(before + piece(random) + behind, true));
            case 3 -> split(lines, at, before, behind);
            case 4 -> split(lines, at, before + COMPLAINT, behind);
            case 5 -> {
                if (at + 1 < lines.size()) {
                    lines.set(at, new Line(text + lines.remove(at + 1).text(), true));
                }
            }
            case 6 -> {
                if (lines.size() > 1) {
                    lines.remove(at);
                }
            }
            default -> {
                char c = (char)
                        (random.nextBoolean() ? random.nextInt(256) : LIKELY.charAt(random.nextInt(LIKELY.length())));
                lines.set(at, new Line(before + c + behind.substring(Math.min(1, behind.length())), true));
            }
        }
    }

    private static void split(List<Line> lines, int at, String first, String second) {
        lines.set(at, new Line(first, true));
        lines.add(at + 1, new Line(second, true));
    }

    private static String piece(Random random) {
        return PIECES.get(random.nextInt(PIECES.size()));
    }
}
