package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Statistics: {@code vcpuN stats:} and the rows behind it. Rows that were pasted without that line are taken for a vCPU
 * without a name, but only if nothing else could look like that.
 */
final class StatLines implements LineKind {
    private static final String SUFFIX = " stats:";

    /** Where the column of descriptions ends: from here on an expanded TAB may be a single space. */
    private static final int COLUMN = 40;

    /** Two words or more with one space between them, the first beginning with a letter; perhaps an index. */
    private static final Pattern PHRASE =
            Pattern.compile("[A-Za-z][A-Za-z0-9_/().-]*+(?: [%A-Za-z0-9_/().-]++)++(?:\\[[0-9]{1,3}])?");

    private final Collected to;
    private final StatRow row = new StatRow();
    private StatTable expected = StatTable.EMPTY;
    private @Nullable BlockBuilder block;
    private @Nullable VcpuBuilder vcpu;
    private boolean wide;
    private boolean adjacent;

    StatLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        return header(line.text()) || (line.whole() && row(line, true));
    }

    /**
     * Rows with a single space before the value, which prose has too; asked after everything else.
     */
    LineKind narrow() {
        return line -> line.whole() && row(line, false);
    }

    private boolean header(String text) {
        if (!text.startsWith("vcpu") || !text.endsWith(SUFFIX)) {
            return false;
        }
        int id = text.length() < 5 + SUFFIX.length()
                ? -1
                : Numbers.small(text.substring(4, text.length() - SUFFIX.length()), CpuSet.LIMIT);
        VcpuBuilder named = id < 0 ? null : to.vcpus.at(id);
        if (named == null) {
            return false;
        }
        closed();
        int position = PrintOrder.OF_GET_ALL.position("statistics");
        to.around.named(named, position);
        named.see(position);
        open(named);
        return true;
    }

    private void open(VcpuBuilder named) {
        vcpu = named;
        block = new BlockBuilder(named.id, expected);
        wide = false;
        adjacent = true;
    }

    private boolean row(Line line, boolean isWide) {
        String text = line.text();
        byte[] bytes = text.getBytes(ISO_8859_1);
        if (!row.read(bytes, 0, bytes.length) || row.isWide() != isWide) {
            return false;
        }
        boolean padded = isPadded(text);
        if (line.mayBeTorn() && !padded) {
            return false;
        }
        String name = text.substring(0, row.nameEnd());
        if (AbortBlock.row(name) != null) {
            return false; // of an abort whose beginning is missing
        }
        if (block == null) {
            boolean sure = isWide
                    && PHRASE.matcher(name).matches()
                    && !(line.mayLackItsBeginning() && !padded && row.hasTab());
            VcpuBuilder unnamed = sure ? to.vcpus.at(VcpuDump.UNNAMED) : null;
            if (unnamed == null) {
                return false;
            }
            open(unnamed);
        } else if (!isWide && !isNarrow(name)) {
            return false;
        }
        if (name.equals("(null)")) {
            return true; // the VM went away while bhyvectl asked for the descriptions
        }
        BlockBuilder into = block;
        if (into == null || !into.add(bytes, 0, row.nameEnd(), row.value())) {
            return false;
        }
        wide |= row.isWide();
        adjacent = true;
        return true;
    }

    /** Whether a single space is all that there can be: the paste made all runs of blanks one, or the TAB was one wide. */
    private boolean isNarrow(String name) {
        return adjacent
                && (!wide || name.length() >= COLUMN)
                && PHRASE.matcher(name).matches();
    }

    /** Whether a row has its TAB where the padding puts it, so that nothing of its beginning is missing. */
    private static boolean isPadded(String text) {
        int tab = text.lastIndexOf('\t');
        return tab == COLUMN && text.charAt(tab - 1) == ' ';
    }

    /** An empty line came in between. */
    void pause() {
        adjacent = false;
    }

    /** A line that nobody knows came in between: what follows need not be a row. */
    void interrupted() {
        adjacent = false;
        if (block != null && vcpu != null && vcpu.id == VcpuDump.UNNAMED) {
            closed();
        }
    }

    @Override
    public void closed() {
        BlockBuilder ended = block;
        VcpuBuilder owner = vcpu;
        block = null;
        vcpu = null;
        if (ended == null || owner == null) {
            return;
        }
        StatBlock built = ended.build();
        boolean fresh = !built.table().equals(expected);
        int cost = built.table().size() * (fresh ? 2 * Budget.ENTRY + 100 : Long.BYTES);
        if ((owner.stats == null || built.table().size() > 0) && to.budget.take(cost)) {
            owner.stats = built;
            expected = built.table();
        }
    }
}
