package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** {@code bhyve-exits.tsv}: what bhyve's exit codes and the signals that end it mean. */
final class EndTable {
    private static final String RESOURCE = "bhyve-exits.tsv";
    private static final int COLUMNS = 5;

    private final Map<Integer, Row> codes = new HashMap<>();
    private final Map<Integer, Row> signals = new HashMap<>();

    /**
     * One way to end.
     *
     * @param text what it means, or the name of the signal
     * @param note what else there is to know; may be empty
     */
    record Row(VmEnd.How how, String text, String note) {}

    private EndTable() {}

    static EndTable load() {
        EndTable table = new EndTable();
        try (InputStream in = Objects.requireNonNull(EndTable.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .skip(1)
                    .forEach(table::add);
        } catch (IOException e) {
            throw new UncheckedIOException(RESOURCE, e);
        }
        return table;
    }

    private void add(String line) {
        String[] cells = line.split("\t", -1);
        if (cells.length != COLUMNS) {
            throw new IllegalArgumentException(cells.length + " columns instead of " + COLUMNS + ": " + line);
        }
        VmEnd.How how = Arrays.stream(VmEnd.How.values())
                .filter(each -> each.label().equals(cells[1]))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(line));
        Row row = new Row(how, cells[2], cells[3].equals("-") ? "" : cells[3]);
        Row before = (how == VmEnd.How.SIGNAL ? signals : codes).put(Integer.parseInt(cells[0]), row);
        if (before != null) {
            throw new IllegalArgumentException("twice: " + line);
        }
    }

    Optional<Row> code(int code) {
        return Optional.ofNullable(codes.get(code));
    }

    Optional<Row> signal(int signal) {
        return Optional.ofNullable(signals.get(signal));
    }
}
