package org.bhyvescope.dump;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Gives each line to the kind that it is of, and puts lines together that were broken on the way. */
final class DumpLines {
    private static final Pattern MEMBERS = Pattern.compile("\\d[\\d, ]*");
    private static final Pattern DIGITS = Pattern.compile("[0-9a-f]{1,15}");
    private static final int MAX_JOINS = 6;

    private final Collected to;
    private final StatLines stats;
    private final SummaryLines summary;
    private final AbortLines aborts;
    private final MemoryLines memory;
    private final BhyveWords words;
    private final EmulationLines emulations;
    private final SetLines sets;
    private final LineKind narrow;
    private final List<LineKind> kinds;

    /** A line that goes on in the next one. */
    private String held = "";

    private int joins;

    /** The half line that stood before a complaint. */
    private String carried = "";

    private @Nullable LineKind newest;
    private boolean first = true;

    DumpLines(Collected to) {
        this.to = to;
        stats = new StatLines(to);
        summary = new SummaryLines(to);
        aborts = new AbortLines(to);
        memory = new MemoryLines(to);
        words = new BhyveWords(to);
        emulations = new EmulationLines(to);
        sets = new SetLines(to);
        narrow = stats.narrow();
        kinds = List.of(
                new FieldLines(to),
                sets,
                new CapabilityLines(to),
                new EventLines(to),
                new RtcLines(to),
                aborts,
                new VmcsLines(to, aborts),
                stats,
                emulations,
                words,
                memory,
                summary,
                narrow);
    }

    void line(String text, boolean whole) {
        if (!carried.isEmpty()) {
            readCarried(text, whole);
        } else if (held.isEmpty()) {
            read(text, start(), whole);
        } else {
            readHeld(text, whole);
        }
    }

    /** Puts the halves around a complaint together. If they are no line, the second is read as one that may be half. */
    private void readCarried(String text, boolean whole) {
        String half = carried;
        carried = "";
        String joined = half + Pasted.unmarked(text);
        if (!accept(List.of(joined.strip()), Line.Start.JOINED, whole)) {
            unknown(half);
            read(text, Line.Start.REST, whole);
        }
    }

    private void read(String text, Line.Start start, boolean whole) {
        List<String> readings = Pasted.readings(text);
        String first = readings.get(0);
        if (whole && goesOn(first)) {
            held = first;
        } else if (first.isEmpty()) {
            stats.pause();
        } else if (!accept(readings, start, whole)) {
            brokenNumber(first);
            if (whole) {
                unknown(text);
            }
        }
    }

    private static boolean goesOn(String text) {
        return EmulationLines.isOpen(text) || (text.endsWith(",") && text.contains(" cpus:"));
    }

    private void readHeld(String text, boolean whole) {
        String next = Pasted.readings(text).get(0);
        boolean emulation = EmulationLines.isOpen(held);
        boolean rest = emulation
                ? EmulationLines.continues(next)
                : MEMBERS.matcher(next).matches();
        String joined = held + (emulation ? "" : " ") + next;
        held = "";
        if (rest && joins < MAX_JOINS && whole && goesOn(joined)) {
            joins++;
            held = joined;
            return;
        }
        joins = 0;
        if (rest) {
            acceptOrUnknown(joined, whole);
        } else {
            acceptOrUnknown(joined.substring(0, joined.length() - next.length()), true);
            line(text, whole);
        }
    }

    private void acceptOrUnknown(String text, boolean whole) {
        if (!accept(List.of(text.strip()), start(), whole)) {
            unknown(text);
        }
    }

    /** A line of nothing but digits behind a set or an address: that was half of it, so it is taken back. */
    private void brokenNumber(String text) {
        if (newest == sets && MEMBERS.matcher(text).matches()) {
            to.vm.dropNewestSet();
        } else if (newest == emulations && DIGITS.matcher(text).matches()) {
            emulations.dropAddress();
        }
        newest = null;
    }

    private Line.Start start() {
        return first ? Line.Start.FIRST : Line.Start.SURE;
    }

    private boolean accept(List<String> readings, Line.Start start, boolean whole) {
        for (int i = 0; i < readings.size(); i++) {
            String reading = readings.get(i);
            Line line = new Line(reading, start, whole);
            for (LineKind kind : kinds) {
                // What a logger put before a row would become part of its description.
                boolean row = kind == stats || kind == narrow;
                if ((i == 0 || !row) && kind.accept(line)) {
                    accepted(kind, reading);
                    return true;
                }
            }
        }
        return false;
    }

    private void accepted(LineKind kind, String reading) {
        boolean soft = kind == words || kind == emulations;
        for (LineKind other : kinds) {
            boolean same = other == kind || (kind == narrow && other == stats);
            if (!same && (!soft || other == aborts)) {
                other.closed();
            }
        }
        newest = kind;
        first = false;
        int complaint = kind == words ? BhyveWords.complaintInside(reading) : -1;
        carried = complaint > 0 ? reading.substring(0, complaint) : "";
    }

    private void unknown(String text) {
        to.unknown(new Line(text.strip(), Line.Start.SURE, true));
        first = false;
        stats.interrupted();
        summary.interrupted();
    }

    void end() {
        if (!held.isEmpty()) {
            accept(List.of(held), start(), false);
        }
        if (!carried.isBlank()) {
            accept(List.of(carried.strip()), start(), false);
        }
        memory.ended();
        kinds.forEach(LineKind::closed);
    }
}
