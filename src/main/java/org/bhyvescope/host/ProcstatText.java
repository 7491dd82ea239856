package org.bhyvescope.host;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.TypeAdapter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What procstat(1) prints of threads. Source: usr.bin/procstat/procstat_threads.c and procstat_rusage.c (12 and 15). Its containers are
 * named by number, and are not closed where a process goes while it is printed: that JSON is invalid, the text is not.
 */
final class ProcstatText {
    private static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

    /** PID TID COMM TDNAME CPU PRI STATE WCHAN; the two names have 19 columns each and may hold blanks. */
    private static final Pattern THREAD =
            Pattern.compile("\\s*(\\d{1,9})\\s+(\\d{1,9}) .{19} (.{19})\\s+-?\\d+\\s+-?\\d+\\s+\\S+\\s+(\\S.*?)\\s*");

    /** PID TID COMM RESOURCE VALUE. */
    private static final Pattern TIME =
            Pattern.compile("\\s*(\\d{1,9})\\s+(\\d{1,9})\\s+.*\\s(?:user|system) time\\s+(?:(\\d{1,6}) days? )?"
                    + "(\\d{1,2}):(\\d\\d):(\\d\\d)\\.(\\d{6})\\s*");

    private static final long MICROS = 1_000_000;

    private ProcstatText() {}

    /** Which thread. */
    record Key(int pid, int thread) {}

    /**
     * A thread.
     *
     * @param waitChannel what it sleeps on; empty if it does not
     */
    record Row(Key key, String name, String waitChannel) {}

    /** The threads in the text of {@code procstat -t}. */
    static List<Row> threads(String text) {
        List<Row> rows = new ArrayList<>();
        text.lines().map(THREAD::matcher).filter(Matcher::matches).forEach(row -> {
            Key key = new Key(Integer.parseInt(row.group(1)), Integer.parseInt(row.group(2)));
            rows.add(new Row(key, row.group(3).strip(), channel(row.group(4))));
        });
        return rows;
    }

    /** The threads in the JSON of {@code procstat -t}; empty if it is none. */
    static Optional<List<Row>> threadsOfJson(String json) {
        try {
            List<Row> rows = new ArrayList<>();
            JsonObject processes = object(object(JSON.fromJson(json), "procstat"), "threads");
            for (String process : processes.keySet()) {
                int pid = Integer.parseInt(process);
                JsonObject threads = object(processes.get(process), "threads");
                for (String thread : threads.keySet()) {
                    rows.add(row(new Key(pid, Integer.parseInt(thread)), threads.get(thread)));
                }
            }
            return Optional.of(rows);
        } catch (IOException | JsonParseException | NumberFormatException e) {
            return Optional.empty(); // cut short, or of another shape
        }
    }

    private static JsonObject object(@Nullable JsonElement in, String name) {
        if (in instanceof JsonObject values && values.get(name) instanceof JsonObject found) {
            return found;
        }
        throw new JsonParseException("no " + name);
    }

    private static Row row(Key key, @Nullable JsonElement thread) {
        if (thread instanceof JsonObject values && values.get("thread_name") instanceof JsonPrimitive name) {
            String channel = values.get("wait_channel") instanceof JsonPrimitive text ? text.getAsString() : "";
            return new Row(key, name.getAsString().strip(), channel(channel.strip()));
        }
        throw new JsonParseException("no thread_name");
    }

    /** {@code -}: none; {@code *name}: a lock, which is no wait channel. */
    private static String channel(String text) {
        return text.equals("-") || text.startsWith("*") ? "" : text;
    }

    /** CPU time of each thread, user and system together, in μs, from the text of {@code procstat -rH}. */
    static Map<Key, Long> times(String text) {
        Map<Key, Long> times = new HashMap<>();
        text.lines().map(TIME::matcher).filter(Matcher::matches).forEach(row -> {
            Key key = new Key(Integer.parseInt(row.group(1)), Integer.parseInt(row.group(2)));
            times.merge(key, micros(row), Long::sum);
        });
        return times;
    }

    private static long micros(Matcher row) {
        long days = row.group(3) == null ? 0 : Long.parseLong(row.group(3));
        long hours = days * 24 + Long.parseLong(row.group(4));
        long seconds = (hours * 60 + Long.parseLong(row.group(5))) * 60 + Long.parseLong(row.group(6));
        return seconds * MICROS + Long.parseLong(row.group(7));
    }
}
