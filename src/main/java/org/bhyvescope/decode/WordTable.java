package org.bhyvescope.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The layouts of control words and registers, from {@code bits.tsv}. */
final class WordTable {
    /** In the column {@code bits}: the row is about the word: name is its title, show the style of its summary. */
    private static final String ABOUT = "*";

    /** In the column {@code bits}: the word has the layout of the one named by show, and if it has one its own meaning. */
    private static final String LIKE = "=";

    private static final int COLUMNS = 8;

    private final Map<String, List<String>> rows;
    private final Map<String, Word> words = new ConcurrentHashMap<>();

    private WordTable(List<String> rows) {
        this.rows = Tsv.byKey(rows);
    }

    static WordTable load() {
        return new WordTable(Tsv.load("bits.tsv"));
    }

    /** A table of one's own making. */
    static WordTable of(String text) {
        return new WordTable(Tsv.rows(text));
    }

    Set<String> ids() {
        return rows.keySet();
    }

    Optional<Word> find(String id) {
        Word known = words.get(id);
        if (known == null) {
            List<String> lines = rows.get(id);
            if (lines == null) {
                return Optional.empty();
            }
            known = word(id, lines);
            words.put(id, known);
        }
        return Optional.of(known);
    }

    private Word word(String id, List<String> lines) {
        String[] about = Tsv.cells(lines.get(0), COLUMNS);
        if (about[1].equals(LIKE)) {
            return like(id, about);
        }
        if (!about[1].equals(ABOUT)) {
            throw new IllegalArgumentException("the first row of a word is about it: " + lines.get(0));
        }
        List<Field> fields = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            fields.addAll(Field.parse(line));
        }
        return new Word(id, about[2], Summary.valueOf(about[4]), List.copyOf(fields), about[6]);
    }

    private Word like(String id, String[] about) {
        Word other = find(about[4])
                .orElseThrow(() -> new IllegalArgumentException(id + " is like " + about[4] + ", which is no word"));
        List<Field> fields = other.fields();
        if (!about[3].isEmpty()) {
            fields = fields.stream().map(f -> f.meaning(about[3])).toList();
        }
        return new Word(id, about[2], other.style(), fields, about[6]);
    }
}
