package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the damaged lines of a text can say: all that a parser may tell besides what the original says. */
final class DamageEvidence {
    private static final Pattern COMPLAINT =
            Pattern.compile("Couldn't open /dev/mem: |mmap failed: |vm_open: |vm_vcpu_open: |VM:|"
                    + "Unknown cpu vendor|Usage: bhyvectl|bhyvectl: |mutually exclusive");
    private static final Pattern BREAK = Pattern.compile("[\\n\\r]|\\^M");
    private static final Pattern FACT = Pattern.compile(
            "vcpu(-?\\d+) (stat |capability )?(.+?)(?: base| limit| access| selector)?|message \\d+ .*|(.*)",
            Pattern.DOTALL);
    /** Behind a set, such a line tells that the set was half of one. */
    private static final Pattern MEMBERS = Pattern.compile("[>|\\s]*\\d[\\d,\\s]*");

    private static final Pattern BLANKS = Pattern.compile(" +");
    private static final Pattern COMPUTED = Pattern.compile(", bytes=\\d+");
    private static final Pattern NUMBER = Pattern.compile("\\b[0-9a-f]+\\b");

    /** HyperKit's lines have names of their own for what bhyvectl's fields say. */
    private static final String VMCS = "VMCS_";

    private static final int COLUMN = 40;

    private final DamagedText damaged;
    private final List<String> lines = new ArrayList<>();
    private String half = "";

    /** The lines with single blanks, as names of MSRs have them. */
    private final String words;

    DamageEvidence(DamagedText damaged) {
        this.damaged = damaged;
        for (DamagedText.Line line : damaged.lines()) {
            for (String piece : BREAK.split(line.text(), -1)) {
                read(piece, line.touched());
            }
        }
        add(damaged.cutLine());
        words = BLANKS.matcher(String.join("\n", lines)).replaceAll(" ");
    }

    private void read(String text, boolean touched) {
        String joined = half + text;
        if (!half.isEmpty()) {
            add(joined);
        }
        if (touched && (half.isEmpty() || mayBeWhole(text))) {
            add(text);
        }
        String next = half(joined);
        // A record that holds nothing is no line, so that the half waits for the next one.
        half = next.isEmpty() && text.indexOf('{') >= 0 ? half : next;
        add(next); // nothing follows, perhaps
    }

    /** Whether a line behind a complaint can stand for itself: a full column, or a record whose lines are inside of it. */
    private static boolean mayBeWhole(String text) {
        return text.lastIndexOf('\t') == COLUMN || text.indexOf('\\') >= 0;
    }

    /** Whether the line behind this one may be the rest of it. */
    static boolean isTorn(DamagedText.Line line) {
        return !half(line.text()).isEmpty();
    }

    private static String half(String pasted) {
        String text = Pasted.clean(pasted);
        Matcher m = COMPLAINT.matcher(text);
        return m.find() ? text.substring(0, m.start()) : "";
    }

    private void add(String text) {
        String clean = Pasted.clean(text);
        lines.add(clean);
        if (clean.contains(DamagedText.RECORD)) {
            lines.add(clean.replace(DamagedText.RECORD, ""));
        }
        if (clean.indexOf('\\') >= 0) {
            lines.addAll(List.of(BREAK.split(unescaped(clean), -1)));
        }
    }

    private static String unescaped(String text) {
        return text.replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\r", "\r")
                .replace("\\", "")
                .replace('"', '\n');
    }

    /** Whether a damaged line may say something of the same thing. */
    boolean names(String fact) {
        Matcher m = matched(fact);
        String name = m.group(3) == null ? fact.split(" ", -1)[0] : m.group(3);
        boolean set = m.group(3) == null;
        return words.contains(name)
                || words.contains(VMCS)
                || (set && lines.stream().anyMatch(line -> MEMBERS.matcher(line).matches()));
    }

    /** Whether a damaged line says so. */
    boolean supports(String fact, String value) {
        if (fact.startsWith("complaint ")) {
            return true;
        }
        Matcher m = matched(fact);
        if (fact.matches("message \\d+ vmx")) {
            return Stream.of(damaged.text(), words).anyMatch(t -> t.contains("vm exit[") || t.contains("reason"));
        }
        if (m.group(3) == null || fact.contains("capability ")) {
            return numbersAppear(value);
        }
        String name = m.group(3);
        if ("stat ".equals(m.group(2))) {
            // Any line: a damaged header makes a row of what was none.
            return all().anyMatch(line -> line.contains(name) && line.strip().endsWith(value));
        }
        return switch (name) {
            case "pending", "current" -> numbersAppear(value);
            default -> {
                Pattern field = Pattern.compile(Pattern.quote(name).replace(" ", "\\E +\\Q")
                        + "(?: desc)?[\\s\\x1c-\\x1f]*\\[0*" + m.group(1) + "](.*)");
                yield isOfVmcs(value)
                        || lines.stream().anyMatch(line -> {
                            Matcher found = field.matcher(line);
                            return found.find() && hasValue(found.group(1), value);
                        });
            }
        };
    }

    /** These lines are of the vCPU that aborted last, so the damage of another line can change whose they are. */
    private boolean isOfVmcs(String value) {
        return all().anyMatch(line -> line.contains(VMCS) && hasValue(line, value));
    }

    private Stream<String> all() {
        return Stream.concat(lines.stream(), damaged.lines().stream().map(DamagedText.Line::text));
    }

    private static Matcher matched(String fact) {
        Matcher m = FACT.matcher(fact);
        if (!m.matches()) {
            throw new IllegalArgumentException(fact);
        }
        return m;
    }

    private static boolean hasValue(String text, String value) {
        if (text.strip().equals(value)) {
            return true;
        }
        for (String token : text.strip().split("[/\\s\\p{Cntrl}]+", -1)) {
            String digits =
                    token.toLowerCase(Locale.ROOT).replaceFirst("^0x", "").replaceFirst("^0+(?=.)", "");
            if (token.equals(value) || digits.equals(value) || isSame(token, value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSame(String decimal, String hex) {
        try {
            return Long.toHexString(Long.parseLong(decimal)).equals(hex);
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private boolean numbersAppear(String value) {
        String text = (damaged.text() + String.join("\n", lines)).toLowerCase(Locale.ROOT);
        return NUMBER.matcher(COMPUTED.matcher(value).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .allMatch(n -> text.contains(n) || appears(text, n, 10, 16) || appears(text, n, 16, 10));
    }

    private static boolean appears(String text, String number, int from, int to) {
        try {
            return text.contains(Long.toUnsignedString(Long.parseUnsignedLong(number, from), to));
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
