package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The exit codes of one vendor, from {@code svm-exits.tsv} or {@code vmx-exits.tsv}. */
final class ExitTable {
    private final List<Numbers> codes = new ArrayList<>();
    private final List<String> rows;
    private final int radix;

    private ExitTable(List<String> rows, int radix) {
        this.rows = List.copyOf(rows);
        this.radix = radix;
        for (String row : rows) {
            codes.add(Numbers.parse(Tsv.key(row), radix));
        }
    }

    static ExitTable amd() {
        return new ExitTable(Tsv.load("svm-exits.tsv"), 16);
    }

    static ExitTable intel() {
        return new ExitTable(Tsv.load("vmx-exits.tsv"), 10);
    }

    /** A table of one's own making. */
    static ExitTable of(String text, int radix) {
        return new ExitTable(Tsv.rows(text), radix);
    }

    /** The row that covers a code. */
    Optional<ExitRow> find(long code) {
        for (int i = 0; i < codes.size(); i++) {
            if (codes.get(i).contains(code)) {
                return Optional.of(ExitRow.parse(rows.get(i), radix));
            }
        }
        return Optional.empty();
    }

    /** Every row, cut. */
    List<ExitRow> rows() {
        return rows.stream().map(row -> ExitRow.parse(row, radix)).toList();
    }
}
