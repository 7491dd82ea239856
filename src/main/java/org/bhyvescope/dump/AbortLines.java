package org.bhyvescope.dump;

import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lines of {@code vm exit[N]} blocks; any of them may be missing, and so may the tabs. Only the header, the reason, or an
 * exit reason with its name begins a block: the other lines say nothing of an abort by themselves.
 */
final class AbortLines implements LineKind {
    private static final Pattern HEADER = Pattern.compile("(?:.{0,80} )?vm exit\\[(\\d{1,4})]");
    private static final Pattern REASON = Pattern.compile("reason\\s+(VMX|SVM)");
    private static final Pattern VALUE =
            Pattern.compile("([a-z]+(?:_[a-z]+)?\\d?)\\s+(-?\\d{1,20}|0x[0-9a-f]{1,16})(?:\\s+\\(([^()]{1,80})\\))?");
    private static final int MAX_LINE = 200;

    private final Collected to;
    private @Nullable AbortBlock block;
    private @Nullable Line header;
    private OptionalInt newest = OptionalInt.empty();

    /** Where among the messages the block belongs, which is complete only when others may have followed it. */
    private int place;

    AbortLines(Collected to) {
        this.to = to;
    }

    /** The vCPU of the newest block: whose control words an abort's dump shows. */
    OptionalInt newest() {
        return newest;
    }

    @Override
    public boolean accept(Line line) {
        String text = line.text();
        if (text.length() > MAX_LINE) {
            return false;
        }
        if (text.endsWith("]")) {
            return header(line);
        }
        String name = firstWord(text);
        if (name.equals("reason")) {
            Matcher reason = REASON.matcher(text);
            if (reason.matches()) {
                opened().reason("VMX".equals(reason.group(1)));
                return true;
            }
        }
        AbortBlock.Row row = AbortBlock.row(name);
        Matcher value = row == null ? null : VALUE.matcher(text);
        return row != null && value != null && value.matches() && value(row, value, line);
    }

    private static String firstWord(String text) {
        int end = 0;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return text.substring(0, end);
    }

    private boolean header(Line line) {
        Matcher start = HEADER.matcher(line.text());
        if (!start.matches()) {
            return false;
        }
        closed();
        int id = Numbers.small(String.valueOf(start.group(1)), CpuSet.LIMIT);
        newest = id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
        block = new AbortBlock(newest);
        place = to.messages.size();
        header = line;
        return true;
    }

    private boolean value(AbortBlock.Row row, Matcher m, Line line) {
        String number = String.valueOf(m.group(2));
        boolean full = Numbers.digitsOf(number) == 16;
        boolean named = m.group(3) != null;
        if ((row.padded() ? !full : !line.whole() && !named)
                // Others write "exitinfo1 0x1" too, and without its beginning "unexpected exitcode 0x1b" is a row.
                || (block == null && !(row.opensIfNamed() && named))) {
            return false;
        }
        OptionalLong parsed = Numbers.any(number);
        if (parsed.isEmpty()) {
            return false;
        }
        opened().put(row, parsed.getAsLong(), named ? String.valueOf(m.group(3)) : "");
        return true;
    }

    private AbortBlock opened() {
        AbortBlock open = block;
        if (open == null) {
            open = new AbortBlock(OptionalInt.empty());
            newest = OptionalInt.empty();
            block = open;
            place = to.messages.size();
        }
        return open;
    }

    @Override
    public void closed() {
        AbortBlock ended = block;
        block = null;
        if (ended == null) {
            return;
        }
        BhyveMessage.VmExit message = ended.build();
        if (message == null || !to.message(place, message)) {
            to.unknown(header == null ? new Line("vm exit", Line.Start.SURE, true) : header);
        }
        header = null;
    }
}
