package org.bhyvescope.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bhyvescope record}: samples as the agent does, into a file. */
@Command(
        name = "record",
        description = "Samples the VMs of this host into a file, until Ctrl-C or for a time. "
                + "bhyvescope agent --replay=FILE plays it.")
final class RecordCommand extends Subcommand {
    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "The file, which must not be there; compressed if it ends in .gz. "
                    + "Default: bhyvescope-DATE.jsonl.gz in the current directory")
    @Nullable
    String output;

    @Option(names = "--duration", paramLabel = "TIME", description = "End by itself after this time: 30s, 5m")
    @Nullable
    String duration;

    @Mixin
    SourceFlags flags = new SourceFlags();

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<Duration> time = Optional.ofNullable(duration).flatMap(Durations::parse);
        if (duration != null && time.filter(t -> !t.isZero()).isEmpty()) {
            problems.add("--duration", duration, "must be a duration like 30s or 5m");
        }
        if (output != null && output.isEmpty()) {
            problems.add("--output", output, "must not be empty");
        }
        Optional<AgentConfig> config = AgentFlags.with(flags).judge(problems);
        if (config.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        LogSetup.apply("warn", "text");
        return new Recording(config.get(), Optional.ofNullable(output), time, out, err).run() ? OK : FAILED;
    }
}
