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
    private final List<LineKind> kinds;

    /** A line that goes on in the next one. */
    private String held = "";

    private int joins;

    /** The half line that stood before a complaint. */
    private String carried = "";

    private @Nullable LineKind newest;

    DumpLines(Collected to) {
        this.to = to;
        stats = new StatLines(to);
        summary = new SummaryLines(to);
        aborts = new AbortLines(to);
        memory = new MemoryLines(to);
        words = new BhyveWords(to);
        emulations = new EmulationLines(to);
        sets = new SetLines(to);
        kinds = List.of(
                new FieldLines(to),
                sets,
                new CapabilityLines(to),
                new EventLines(to),
                new RtcLines(to),
                aborts,
                new VmcsLines(to, aborts),
                emulations,
                words,
                memory,
                summary,
                stats);
    }

    void line(String text, boolean whole) {
        if (!carried.isEmpty()) {
            String joined = carried + text;
            String half = carried;
            carried = "";
            if (accept(joined, whole)) {
                return;
            }
            unknown(new Line(half.strip(), true));
        }
        if (held.isEmpty()) {
            read(text, whole);
        } else {
            readHeld(text, whole);
        }
    }

    private void read(String text, boolean whole) {
        String first = Pasted.readings(text).get(0);
        if (whole && goesOn(first)) {
            held = first;
            return;
        }
        if (first.isEmpty()) {
            stats.pause();
        } else if (!accept(text, whole)) {
            brokenNumber(first);
            if (whole) {
                unknown(new Line(text.strip(), true));
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
            read(text, whole);
        }
    }

    private void acceptOrUnknown(String text, boolean whole) {
        if (!accept(text, whole)) {
            unknown(new Line(text.strip(), true));
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

    private boolean accept(String text, boolean whole) {
        for (String reading : Pasted.readings(text)) {
            Line line = new Line(reading, whole);
            for (LineKind kind : kinds) {
                if (kind.accept(line)) {
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
            if (other != kind && (!soft || other == aborts)) {
                other.closed();
            }
        }
        newest = kind;
        int complaint = kind == words ? BhyveWords.complaintInside(reading) : -1;
        carried = complaint > 0 ? reading.substring(0, complaint) : "";
    }

    private void unknown(Line line) {
        to.unknown(line);
        stats.interrupted();
        summary.interrupted();
    }

    void end() {
        if (!held.isEmpty()) {
            accept(held, false);
        }
        if (!carried.isBlank()) {
            accept(carried, false);
        }
        memory.ended();
        kinds.forEach(LineKind::closed);
    }
}
