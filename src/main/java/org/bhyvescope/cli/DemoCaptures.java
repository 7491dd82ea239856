package org.bhyvescope.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the demo's screen says of the captures that there are. */
final class DemoCaptures {
    private DemoCaptures() {}

    /**
     * The newest one: its folder; its VM and why it was made; the first finding of its report, if it has any.
     *
     * @param folder of the captures
     * @return none while there is no capture
     */
    static List<String> newest(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            // Names begin with the time, and with a dot while a capture is being written.
            List<String> names = all.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !name.startsWith("."))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            return names.isEmpty() ? List.of() : lines(folder.resolve(names.get(0)), names.get(0), names.size());
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // it is made with the first capture
        }
    }

    private static List<String> lines(Path capture, String name, int count) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(count + (count == 1 ? " capture: " : " captures, the newest: ") + name);
        try {
            JsonObject info = JsonParser.parseString(Files.readString(capture.resolve("capture.json")))
                    .getAsJsonObject();
            List<String> triggers = new ArrayList<>();
            for (JsonElement each : info.getAsJsonArray("triggers")) {
                triggers.add(text(each.getAsJsonObject(), "trigger").orElse("") + ": "
                        + text(each.getAsJsonObject(), "text").orElse(""));
            }
            lines.add("  " + text(info, "vm").orElse("") + ", " + String.join("; ", triggers));
            text(info, "firstFinding").ifPresent(finding -> lines.add("  " + finding));
        } catch (JsonParseException
                | IllegalStateException
                | ClassCastException
                | NullPointerException
                | UnsupportedOperationException e) {
            lines.add("  its capture.json cannot be read");
        }
        return lines;
    }

    private static Optional<String> text(JsonObject object, String member) {
        JsonElement value = object.get(member);
        return value == null || value.isJsonNull() || value.getAsString().isEmpty()
                ? Optional.empty()
                : Optional.of(value.getAsString());
    }
}
