package org.bhyvescope.dump;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A tracing script's table {@code SVM code  Count}: codes in hexadecimal without 0x. */
final class SummaryLines implements LineKind {
    private static final Pattern HEADER = Pattern.compile("SVM code\\s+Count");
    private static final Pattern ROW = Pattern.compile("([0-9a-f]{1,16})\\s+(\\d{1,19})");

    private final Collected to;
    private boolean open;

    SummaryLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        if (line.text().length() > 80) {
            return false;
        }
        if (line.text().startsWith("SVM") && HEADER.matcher(line.text()).matches()) {
            open = true;
            return true;
        }
        Matcher m = open && line.whole() && !line.mayBeTorn() ? ROW.matcher(line.text()) : null;
        if (m == null || !m.matches() || to.exitCounts.size() == Collected.MAX_EXIT_COUNTS) {
            return false;
        }
        OptionalLong code = Numbers.hex(String.valueOf(m.group(1)));
        OptionalLong count = Numbers.decimal(String.valueOf(m.group(2)));
        return code.isPresent()
                && count.isPresent()
                && to.exitCounts.add(new ExitCount(code.getAsLong(), count.getAsLong()));
    }

    /** The table ends with the first line that is not of it. */
    void interrupted() {
        open = false;
    }

    @Override
    public void closed() {
        open = false;
    }
}
