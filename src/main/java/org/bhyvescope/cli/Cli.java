package org.bhyvescope.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Finds the command, says all that is wrong with the command line at once, and runs it. */
@Command(
        name = "bhyvescope",
        description = "Live monitoring agent for FreeBSD's bhyve hypervisor.",
        subcommands = {
            AgentCommand.class,
            RecordCommand.class,
            DemoCommand.class,
            ExplainCommand.class,
            StateCommand.class,
            CaptureCommand.class,
            CapturesCommand.class,
            CheckCommand.class,
            VersionCommand.class
        })
final class Cli {
    /** Commands that the design names and this version does not have: refused by name, never ignored. */
    private static final Set<String> LATER_COMMANDS = Set.of("top");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this and end")
    boolean help;

    private Cli() {}

    /** The commands and flags that there are. */
    static CommandLine commandLine() {
        return new CommandLine(new Cli());
    }

    /** Runs the program and returns its exit code: 0, 1 (failed) or 2 (usage). */
    static int run(String[] args, PrintStream out, PrintStream err) {
        CommandLine root = commandLine();
        eachLevel(
                root,
                level -> level.setOverwrittenOptionsAllowed(false)
                        .getCommandSpec()
                        .parser()
                        .collectErrors(true)
                        .abbreviatedOptionsAllowed(false));
        ParseResult parsed = root.parseArgs(args);
        while (parsed.hasSubcommand() && !parsed.isUsageHelpRequested()) {
            parsed = parsed.subcommand();
        }
        CommandLine command = parsed.commandSpec().commandLine();
        if (parsed.isUsageHelpRequested()) {
            command.usage(out, Ansi.AUTO);
            return Subcommand.OK;
        }
        Problems problems = new Problems();
        complain(root.getParseResult(), problems);
        if (!(command.getCommand() instanceof Subcommand subcommand)) {
            if (problems.isEmpty()) {
                problems.add(
                        "no command given: agent, record, demo, explain, state, capture, captures, check or version");
            }
            return usage(command, problems, err);
        }
        try {
            int code = subcommand.run(out, err, problems);
            return code == Subcommand.USAGE || !problems.isEmpty() ? usage(command, problems, err) : code;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Subcommand.FAILED;
        }
    }

    private static void eachLevel(CommandLine root, java.util.function.Consumer<CommandLine> action) {
        action.accept(root);
        for (Map.Entry<String, CommandLine> sub : root.getSubcommands().entrySet()) {
            action.accept(sub.getValue());
        }
    }

    /** What picocli found wrong, at every level, in our words where ours are better. */
    private static void complain(ParseResult root, Problems problems) {
        ParseResult level = root;
        while (true) {
            for (Exception error : level.errors()) {
                if (error instanceof UnmatchedArgumentException unmatched) {
                    unmatched.getUnmatched().forEach(argument -> problems.add(unknown(argument)));
                } else {
                    problems.add(String.valueOf(error.getMessage()));
                }
            }
            if (!level.hasSubcommand()) {
                return;
            }
            level = level.subcommand();
        }
    }

    static String unknown(String argument) {
        if (LATER_COMMANDS.contains(argument)) {
            return argument + ": this command is not in this version (" + Version.text() + ")";
        }
        return argument + ": unknown " + (argument.startsWith("-") ? "flag" : "argument");
    }

    private static int usage(CommandLine command, Problems problems, PrintStream err) {
        List<String> lines = problems.lines();
        err.println(
                lines.size() == 1
                        ? "bhyvescope: a problem with the command line:"
                        : "bhyvescope: " + lines.size() + " problems with the command line:");
        lines.forEach(line -> err.println("  " + line));
        err.println("Help: " + command.getCommandSpec().qualifiedName() + " --help");
        return Subcommand.USAGE;
    }
}
