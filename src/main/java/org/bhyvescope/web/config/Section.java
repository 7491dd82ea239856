package org.bhyvescope.web.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bhyvescope.decode.Tsv;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A mapping of the file with texts as keys, each of which is there once. */
final class Section {
    private static final int COLUMNS = 4;

    private final String name;
    private final Map<String, Entry> entries;
    private final Judgement judgement;

    /** @param line of the key, from 1 */
    record Entry(int line, Node value) {}

    private Section(String name, Map<String, Entry> entries, Judgement judgement) {
        this.name = name;
        this.entries = entries;
        this.judgement = judgement;
    }

    /** @param name of its key, empty for the whole file */
    static Optional<Section> of(String name, Node node, Judgement judgement) {
        if (!(node instanceof MappingNode mapping)) {
            judgement.refuse(
                    line(node), name.isEmpty() ? "the file" : name, "must be a mapping, lines like \"key: value\"");
            return Optional.empty();
        }
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node key = tuple.getKeyNode();
            if (!(key instanceof ScalarNode scalar)) {
                judgement.refuse(line(key), name.isEmpty() ? "the file" : name, "has a key that is no text");
            } else if (entries.putIfAbsent(scalar.getValue(), new Entry(line(key), tuple.getValueNode())) != null) {
                judgement.refuse(line(key), path(name, scalar.getValue()), "is given twice");
            }
        }
        return Optional.of(new Section(name, entries, judgement));
    }

    /** A whole file with nothing in it. */
    static Section empty(Judgement judgement) {
        return new Section("", Map.of(), judgement);
    }

    /** Refuses every other key: by name with the remedy where it is one of the exporter-toolkit's. */
    void allow(Set<String> known) {
        entries.forEach((key, entry) -> {
            if (!known.contains(key)) {
                judgement.refuse(
                        entry.line(),
                        path(key),
                        remedy(key)
                                .map(remedy -> "is not supported; " + remedy)
                                .orElseGet(() -> "is not a key of this place; known are "
                                        + String.join(
                                                ", ", known.stream().sorted().toList())));
            }
        });
    }

    private Optional<String> remedy(String key) {
        return Tsv.load(Section.class, "refused-keys.tsv").stream()
                .map(row -> Tsv.cells(row, COLUMNS))
                .filter(cells -> cells[0].equals(name) && cells[1].equals(key))
                .map(cells -> cells[2])
                .findFirst();
    }

    Map<String, Entry> entries() {
        return entries;
    }

    Optional<Entry> entry(String key) {
        return Optional.ofNullable(entries.get(key));
    }

    /** A text that is there and not empty; what is there and is none is refused. */
    Optional<String> text(String key) {
        return entry(key).flatMap(entry -> text(key, entry));
    }

    /** The text of an entry; refused if it is none. */
    Optional<String> text(String key, Entry entry) {
        if (!(entry.value() instanceof ScalarNode scalar)) {
            judgement.refuse(entry.line(), path(key), "must be a text");
        } else if (scalar.getTag().equals(Tag.NULL) || scalar.getValue().isEmpty()) {
            judgement.refuse(entry.line(), path(key), "is empty");
        } else if (!scalar.getTag().equals(Tag.STR)) {
            judgement.refuse(
                    entry.line(), path(key), "must be a text; put it into quotes: \"" + scalar.getValue() + "\"");
        } else {
            return Optional.of(scalar.getValue());
        }
        return Optional.empty();
    }

    /** The line of a key, or the first one. */
    int line(String key) {
        return entry(key).map(Entry::line).orElse(1);
    }

    String path(String key) {
        return path(name, key);
    }

    private static String path(String section, String key) {
        return section.isEmpty() ? key : section + "." + key;
    }

    private static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }
}
