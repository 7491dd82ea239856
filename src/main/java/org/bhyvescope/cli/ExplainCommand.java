package org.bhyvescope.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.decode.explain.Explainer;
import org.bhyvescope.decode.explain.Report;
import org.bhyvescope.decode.explain.ReportJson;
import org.bhyvescope.decode.explain.ReportText;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.dump.DumpText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** {@code bhyvescope explain}: what a text of bhyvectl or bhyve means, or a single number. Needs no FreeBSD. */
@Command(
        name = "explain",
        description = {
            "Explains what bhyvectl --get-all, --get-stats or an aborting bhyve printed, as printed or as pasted.",
            "Several files, one for each vCPU, are compared. Says \"unknown\" where its tables do not know.",
            "Or single values: --exit=0x88 --vendor=amd, --rflags=0x40193, --NAME=VALUE for any register or control "
                    + "word by bhyvectl's name, --exception=6, --exit-status=3, --vm-exitcode=9."
        })
final class ExplainCommand extends Subcommand {
    @Option(names = "--json", description = "Print JSON, as docs/explain.schema.json describes it")
    boolean json;

    @Option(
            names = "--vendor",
            paramLabel = "VENDOR",
            description = "amd or intel, for a text that does not tell, or with --exit")
    @Nullable
    String vendor;

    @Option(
            names = "--cpu",
            paramLabel = "N",
            description = "Of several vCPUs, the one to show whole. Default: the first")
    @Nullable
    String cpu;

    @Option(names = "--color", paramLabel = "WHEN", description = "auto, always or never. Default: auto")
    String color = "auto";

    @Parameters(paramLabel = "FILE", arity = "0..*", description = "Files, or - for standard input")
    List<String> files = new ArrayList<>();

    @Unmatched
    List<String> others = new ArrayList<>();

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) {
        Optional<Vendor> told = Vendors.parse(vendor, problems);
        OptionalInt shown = Vcpus.parse(cpu, problems);
        Colour colour = Colour.parse(color, problems);
        Explainer explainer = Explainer.load();
        List<SingleValue> values = SingleValue.parse(others, explainer, problems);
        if (files.isEmpty() == values.isEmpty() && problems.isEmpty()) {
            problems.add(
                    files.isEmpty()
                            ? "nothing to explain: give a FILE, - for standard input, or a value such as --exit=0x88"
                            : "a FILE and single values do not go together");
        }
        if (!problems.isEmpty()) {
            return USAGE;
        }
        try {
            if (!values.isEmpty()) {
                SingleValue.write(values, explainer, told, json, colour.style(), out);
                return OK;
            }
            return explain(explainer, told, shown, colour, out, err);
        } catch (IOException e) {
            err.println("bhyvescope: writing the report: " + e.getMessage());
            return FAILED;
        }
    }

    private int explain(
            Explainer explainer,
            Optional<Vendor> told,
            OptionalInt shown,
            Colour colour,
            PrintStream out,
            PrintStream err)
            throws IOException {
        DumpText text;
        try (InputStream in = open()) {
            text = DumpParser.parse(in);
        } catch (NoSuchFileException e) {
            err.println("bhyvescope: there is no file " + e.getMessage());
            return FAILED;
        } catch (IOException e) {
            err.println("bhyvescope: reading " + String.join(", ", files) + ": " + e.getMessage());
            return FAILED;
        }
        if (shown.isPresent()
                && text.vcpu(shown.getAsInt()).isEmpty()
                && !text.vcpus().isEmpty()) {
            err.println("bhyvescope: --cpu=" + shown.getAsInt() + ": not in the text, which has vCPU "
                    + text.vcpus().stream().map(v -> Integer.toString(v.vcpu())).collect(Collectors.joining(", ")));
            return FAILED;
        }
        print(explainer.explain(text, told), json, shown, colour, out);
        if (text.isEmpty()) {
            err.println("bhyvescope: nothing in it that bhyvectl or bhyve prints. Wanted: the output of");
            err.println("  bhyvectl --vm=NAME --cpu=N --get-all");
            return FAILED;
        }
        return OK;
    }

    /** Prints a report in the form that was asked for. */
    static void print(Report report, boolean json, OptionalInt shown, Colour colour, PrintStream out)
            throws IOException {
        if (json) {
            ReportJson.write(report, out);
        } else {
            out.print(ReportText.of(report, shown, colour.style()));
        }
        out.flush();
    }

    /** All files one after the other, as if they were one text. */
    private InputStream open() throws IOException {
        List<InputStream> parts = new ArrayList<>();
        for (String file : files) {
            parts.add(file.equals("-") ? System.in : new BufferedInputStream(Files.newInputStream(Path.of(file))));
            parts.add(new ByteArrayInputStream(new byte[] {'\n'}));
        }
        parts.remove(parts.size() - 1); // whether the last line is whole is worth knowing
        return new SequenceInputStream(Collections.enumeration(parts));
    }
}
