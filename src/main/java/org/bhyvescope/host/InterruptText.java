package org.bhyvescope.host;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.host.InterruptReading.Source;

/** What sysctl(8) and vmstat(8) print of the host's interrupts. Names have blanks and colons: read from the right. */
final class InterruptText {
    /** {@code irq256: ppt0:517 @cpu3(domain0): 1234}: name, index, CPU, domain, count (sys/x86/x86/intr_machdep.c). */
    private static final Pattern INTRS =
            Pattern.compile("(.*):[0-9]+ @cpu-?[0-9]+\\(domain-?[0-9]+\\): ([0-9]{1,19})\\s*");

    /** {@code irq256: ppt0      1234   5}: name, total, mean rate since the host's start. */
    private static final Pattern ROW = Pattern.compile("(\\S.*?)\\s+([0-9]{1,19})\\s+[0-9]+\\s*");

    private static final Pattern HEADER = Pattern.compile("\\s*interrupt\\s+total\\s+rate\\s*");

    private InterruptText() {}

    /** {@code hw.intrs}; fails where no line is of its form. */
    static InterruptReading intrs(long nanos, String text) {
        List<Source> sources = new ArrayList<>();
        boolean any = false;
        for (String line : text.lines().toList()) {
            Matcher m = INTRS.matcher(line);
            if (m.matches()) {
                any = true;
                add(sources, m.group(1), m.group(2));
            }
        }
        return any ? counted(nanos, sources) : new InterruptReading.Failed("hw.intrs is not understood");
    }

    /** {@code vmstat -i}, as text or as libxo's JSON. */
    static InterruptReading vmstat(long nanos, String text) {
        return text.stripLeading().startsWith("{") ? json(nanos, text) : rows(nanos, text);
    }

    private static InterruptReading rows(long nanos, String text) {
        List<Source> sources = new ArrayList<>();
        boolean begun = false;
        for (String line : text.lines().toList()) {
            Matcher m = ROW.matcher(line);
            if (HEADER.matcher(line).matches()) {
                if (begun) {
                    return new InterruptReading.Failed("vmstat printed more than one table");
                }
                begun = true;
            } else if (begun && m.matches()) {
                add(sources, m.group(1), m.group(2));
            }
        }
        return begun ? counted(nanos, sources) : new InterruptReading.Failed("vmstat -i printed no table");
    }

    private static InterruptReading json(long nanos, String text) {
        List<Source> sources = new ArrayList<>();
        try {
            JsonObject root = JsonParser.parseString(text).getAsJsonObject();
            for (JsonElement each : root.getAsJsonObject("interrupt-statistics").getAsJsonArray("interrupt")) {
                JsonObject row = each.getAsJsonObject();
                add(sources, row.get("name").getAsString(), row.get("total").getAsString());
            }
        } catch (JsonParseException
                | ClassCastException
                | IllegalStateException
                | UnsupportedOperationException
                | NullPointerException e) {
            // What Gson throws for a document of another shape.
            return new InterruptReading.Failed("the JSON of vmstat -i is not understood");
        }
        return counted(nanos, sources);
    }

    private static InterruptReading counted(long nanos, List<Source> sources) {
        return new InterruptReading.Counted(nanos, List.copyOf(sources));
    }

    private static void add(List<Source> sources, String text, String count) {
        Optional<InterruptName> name = InterruptName.ofPpt(text);
        if (name.isPresent() && count.matches("[0-9]{1,19}")) {
            // Of 64 bits without a sign, and below the half of them for a few thousand years.
            sources.add(new Source(name.get().irq(), name.get().handlers(), Long.parseUnsignedLong(count)));
        }
    }
}
