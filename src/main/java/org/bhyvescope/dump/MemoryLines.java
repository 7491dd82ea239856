package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of memory segments and of the memory map (get-all.md §2 and §3). They begin a dump. */
final class MemoryLines implements LineKind {
    private static final Pattern SEGMENTS = Pattern.compile("ID\\s+Length\\s+Name");
    private static final Pattern MAP = Pattern.compile("Address\\s+Length\\s+Segment\\s+Offset\\s+Prot\\s+Flags");
    private static final Pattern SEGMENT = Pattern.compile("(\\d{1,4})\\s+(\\d{1,6}[BKMGTPE]{0,2})\\s+(\\S{1,63})");
    private static final Pattern MAPPING = Pattern.compile("([0-9A-Fa-f]{1,16})\\s+(\\d{1,6}[BKMGTPE]{0,2})\\s+"
            + "(\\S{1,63})\\s+([0-9A-Fa-f]{1,16})\\s+([R-][W-][X-])(?:[\\s\\x00]+([a-z/\\x00]{1,40}))?");
    private static final int MAX_SEGMENTS = 64;
    private static final int MAX_MAPPINGS = 1024;
    private static final int MAX_LINE = 256;

    private enum Table {
        NONE,
        SEGMENTS,
        MAP
    }

    private final Collected to;
    private final List<MemorySegment> segments = new ArrayList<>();
    private final List<MemoryMapping> mappings = new ArrayList<>();
    private Table table = Table.NONE;

    MemoryLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        String text = line.text();
        if (text.length() > MAX_LINE || text.length() < 2) {
            return false;
        }
        if (text.startsWith("ID") && SEGMENTS.matcher(text).matches()) {
            closed();
            to.around.boundary();
            open(Table.SEGMENTS, "memory segments", line);
            return true;
        }
        if (text.startsWith("Address") && MAP.matcher(text).matches()) {
            if (table != Table.SEGMENTS) {
                to.around.boundary();
            }
            closed();
            open(Table.MAP, "memory map", line);
            return true;
        }
        if (!line.whole() || line.mayLackItsBeginning() || Character.digit(text.charAt(0), 16) < 0) {
            return false;
        }
        return mapping(text) || (table == Table.SEGMENTS && segment(text));
    }

    private void open(Table next, String step, Line line) {
        table = next;
        to.around.step(step, line);
    }

    private boolean segment(String text) {
        Matcher m = SEGMENT.matcher(text);
        HumanSize size = m.matches() ? SizeText.parse(String.valueOf(m.group(2))) : null;
        if (size == null || segments.size() >= MAX_SEGMENTS) {
            return false;
        }
        segments.add(new MemorySegment(Integer.parseInt(m.group(1)), size, String.valueOf(m.group(3))));
        return true;
    }

    private boolean mapping(String text) {
        Matcher m = MAPPING.matcher(text);
        HumanSize size = m.matches() ? SizeText.parse(String.valueOf(m.group(2))) : null;
        if (size == null || mappings.size() >= MAX_MAPPINGS) {
            return false;
        }
        List<String> flags = List.of((m.group(6) == null ? "" : String.valueOf(m.group(6))).split("[/\\x00]", -1));
        mappings.add(new MemoryMapping(
                Long.parseUnsignedLong(m.group(1), 16),
                size,
                String.valueOf(m.group(3)),
                Long.parseUnsignedLong(m.group(4), 16),
                String.valueOf(m.group(5)),
                flags.contains("wired"),
                flags.contains("iommu")));
        return true;
    }

    /** A second table that the end of the text cut does not replace the first. */
    void ended() {
        if (segments.size() < to.vm.segments.size()) {
            segments.clear();
        }
        if (mappings.size() < to.vm.mappings.size()) {
            mappings.clear();
        }
        closed();
    }

    @Override
    public void closed() {
        if (!segments.isEmpty()) {
            to.vm.segments = List.copyOf(segments);
            segments.clear();
        }
        if (!mappings.isEmpty()) {
            to.vm.mappings = List.copyOf(mappings);
            mappings.clear();
        }
        table = Table.NONE;
    }
}
