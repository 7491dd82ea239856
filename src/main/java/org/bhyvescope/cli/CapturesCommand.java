package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.capture.CaptureList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bhyvescope captures}: lists what was kept, and shows one. */
@Command(
        name = "captures",
        description = {
            "bhyvescope captures: lists the captures, the newest first.",
            "bhyvescope captures show [ID]: shows one, or the newest: what happened, its files, its report."
        })
final class CapturesCommand extends Subcommand {
    @Parameters(paramLabel = "list | show [ID]", arity = "0..*", description = "What to do. Default: list")
    List<String> words = new ArrayList<>();

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "The agent's state directory. Default: ${DEFAULT-VALUE}")
    String stateDir = new AgentFlags().stateDir;

    @Option(names = "--json", description = "Print JSON: of a list, an array of each capture's capture.json")
    boolean json;

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) {
        AgentFlags flags = new AgentFlags();
        flags.stateDir = stateDir;
        Optional<AgentConfig> config = flags.judge(problems);
        String verb = words.isEmpty() ? "list" : words.get(0);
        boolean list = verb.equals("list") && words.size() <= 1;
        boolean show = verb.equals("show") && words.size() <= 2;
        if (!list && !show) {
            problems.add(String.join(" ", words) + ": must be list, or show, or show ID");
        }
        if (config.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        CaptureList captures = new CaptureList(Captures.folder(config.get().stateDir()));
        try {
            if (list) {
                out.print(json ? captures.json() : captures.text());
                return OK;
            }
            Optional<String> shown =
                    captures.show(words.size() < 2 ? Optional.empty() : Optional.of(words.get(1)), json);
            if (shown.isEmpty()) {
                err.println("bhyvescope: there is no such capture in " + captures.folder()
                        + ". bhyvescope captures lists what there is.");
                return FAILED;
            }
            out.print(shown.get());
            return OK;
        } catch (IOException e) {
            err.println("bhyvescope: " + captures.folder() + " cannot be read: " + e.getMessage());
            err.println("  Captures hold guests' registers: only the agent's user and group may read them.");
            return FAILED;
        }
    }
}
