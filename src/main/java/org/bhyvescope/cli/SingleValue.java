package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.decode.explain.Explainer;
import org.bhyvescope.decode.explain.Report;
import org.bhyvescope.decode.explain.ReportJson;
import org.bhyvescope.decode.explain.ReportText;
import org.bhyvescope.decode.explain.Style;

/**
 * A number to explain by itself, {@code --NAME=VALUE}.
 *
 * @param name an exit ({@code exit}), its information ({@code exitinfo1}), a register or control word, or an enumeration
 * @param value its 64 bits
 */
record SingleValue(String name, long value) {
    private static final String EXIT = "exit";
    private static final List<String> INFORMATION = List.of("exitinfo1", "exitinfo2", "qualification");

    /** bhyvectl's and bhyve's own names of the exit and its information. */
    private static final Map<String, String> ALIASES = Map.of(
            "exit_reason", EXIT, "exit-reason", EXIT, "exitcode", EXIT, "vmcs_exit_qualification", "qualification");

    /** Reads what picocli did not know. */
    static List<SingleValue> parse(List<String> arguments, Explainer explainer, Problems problems) {
        List<SingleValue> values = new ArrayList<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (!argument.startsWith("--")) {
                problems.add(Cli.unknown(argument));
                continue;
            }
            String typed = argument.substring(2, equals < 0 ? argument.length() : equals);
            String name = ALIASES.getOrDefault(typed, typed);
            Optional<String> known =
                    EXIT.equals(name) || INFORMATION.contains(name) ? Optional.of(name) : explainer.nameOf(name);
            if (known.isEmpty()) {
                problems.add(Cli.unknown(argument) + ", and no register, control word or enumeration");
            } else if (equals < 0) {
                problems.add(argument + ": needs a value, as " + argument + "=0x0");
            } else {
                number(argument, known.get(), argument.substring(equals + 1), problems)
                        .ifPresent(values::add);
            }
        }
        Set<String> seen = new HashSet<>();
        values.stream()
                .map(SingleValue::name)
                .filter(name -> !seen.add(name))
                .distinct()
                .forEach(name -> problems.add("--" + name + ": given twice"));
        boolean alone = values.stream().anyMatch(v -> INFORMATION.contains(v.name))
                && values.stream().noneMatch(v -> v.name.equals(EXIT));
        if (alone && problems.isEmpty()) {
            problems.add("exit information needs the exit that it is of: add --exit=CODE");
        }
        return values;
    }

    private static Optional<SingleValue> number(String argument, String name, String text, Problems problems) {
        try {
            return Optional.of(new SingleValue(name, parseLong(text)));
        } catch (NumberFormatException e) {
            problems.add(argument + ": must be a number of 64 bits, as 0x88 or 136");
            return Optional.empty();
        }
    }

    private static long parseLong(String text) {
        if (text.startsWith("0x") || text.startsWith("0X")) {
            return Long.parseUnsignedLong(text.substring(2), 16);
        }
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    }

    /** Explains them and prints that. An exit of no said vendor is explained for both. */
    static void write(
            List<SingleValue> values,
            Explainer explainer,
            Optional<Vendor> told,
            boolean json,
            Style style,
            PrintStream out)
            throws IOException {
        List<Report.Field> fields = new ArrayList<>();
        Map<String, Report.Exit> exits = new LinkedHashMap<>();
        Map<String, Long> information = new LinkedHashMap<>();
        values.stream().filter(v -> INFORMATION.contains(v.name)).forEach(v -> information.put(v.name, v.value));
        for (SingleValue value : values) {
            if (value.name.equals(EXIT)) {
                for (Vendor vendor : told.map(List::of).orElse(List.of(Vendor.AMD, Vendor.INTEL))) {
                    exits.put(vendor.label(), explainer.exit(vendor, value.value, information));
                }
            } else if (!INFORMATION.contains(value.name)) {
                fields.add(explainer.single(value.name, value.value));
            }
        }
        Report.Single single = new Report.Single(Report.FORMAT, Report.VERSION, exits, fields);
        if (json) {
            ReportJson.write(single, out);
        } else {
            out.print(ReportText.of(single, style));
        }
        out.flush();
    }
}
