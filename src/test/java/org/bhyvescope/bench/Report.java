package org.bhyvescope.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The one table, and the notes below it. */
final class Report {
    private final List<Row> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /**
     * One figure.
     *
     * @param other what it is compared with, or empty
     * @param theirs the other's figure, NaN if there is none
     * @param limit the budget for ours, NaN if there is none
     * @param maxRatio the budget for ours divided by theirs, NaN if there is none
     */
    private record Row(
            String part,
            String what,
            double ours,
            String unit,
            String other,
            double theirs,
            double limit,
            double maxRatio) {
        String ratio() {
            return Double.isNaN(theirs) ? "" : String.format(Locale.ROOT, "%.2f", ours / theirs);
        }

        String budget() {
            String absolute = Double.isNaN(limit) ? "" : "<= " + number(limit);
            String relative = Double.isNaN(maxRatio) ? "" : "<= " + number(maxRatio) + "x";
            return (absolute + " " + relative).strip();
        }

        /** How many times the budget was used; NaN without one. */
        double used() {
            double absolute = ours / limit;
            double relative = ours / theirs / maxRatio;
            return Double.isNaN(absolute) || relative > absolute ? relative : absolute;
        }

        String verdict() {
            return Double.isNaN(used()) ? "" : used() <= 1 ? "met" : "MISSED";
        }
    }

    /** A figure alone. */
    void add(String part, String what, double ours, String unit) {
        add(part, what, ours, unit, "", Double.NaN, Double.NaN, Double.NaN);
    }

    /** A figure with a budget. */
    void add(String part, String what, double ours, String unit, double limit) {
        add(part, what, ours, unit, "", Double.NaN, limit, Double.NaN);
    }

    void add(
            String part,
            String what,
            double ours,
            String unit,
            String other,
            double theirs,
            double limit,
            double maxRatio) {
        rows.add(new Row(part, what, ours, unit, other, theirs, limit, maxRatio));
    }

    void note(String format, Object... values) {
        notes.add(String.format(Locale.ROOT, format, values));
    }

    void print(PrintStream out) {
        List<String[]> cells = new ArrayList<>();
        cells.add(new String[] {"part", "what", "ours", "unit", "compared with", "theirs", "ratio", "budget", ""});
        for (Row row : rows) {
            cells.add(new String[] {
                row.part(),
                row.what(),
                number(row.ours()),
                row.unit(),
                row.other(),
                Double.isNaN(row.theirs()) ? "" : number(row.theirs()),
                row.ratio(),
                row.budget(),
                row.verdict()
            });
        }
        int[] widths = new int[cells.get(0).length];
        for (String[] line : cells) {
            for (int i = 0; i < line.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        for (String[] line : cells) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < line.length; i++) {
                boolean right = i == 2 || i == 5 || i == 6;
                text.append(String.format("%" + (right ? "" : "-") + Math.max(1, widths[i]) + "s  ", line[i]));
            }
            out.println(text.toString().stripTrailing());
        }
        out.println();
        for (Row row : rows) {
            if (row.verdict().equals("MISSED")) {
                out.printf(
                        Locale.ROOT,
                        "MISSED: %s, %s: %s %s is %.2f times its budget of %s.%n",
                        row.part(),
                        row.what(),
                        number(row.ours()),
                        row.unit(),
                        row.used(),
                        row.budget());
            }
        }
        notes.forEach(note -> out.println("* " + note));
    }

    /** Three digits, or all of them where there are more. */
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        int decimals = size >= 100 || size == Math.rint(size) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
