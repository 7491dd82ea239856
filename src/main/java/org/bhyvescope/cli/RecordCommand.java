package org.bhyvescope.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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

    @Option(
            names = "--source",
            paramLabel = "SOURCE",
            description = "How to read, as agent does: auto, vmmdev or bhyvectl. Default: ${DEFAULT-VALUE}")
    String source = new AgentFlags().source;

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Directory of the agent, where reports of crashes lie. Default: ${DEFAULT-VALUE}")
    String stateDir = new AgentFlags().stateDir;

    @Option(
            names = "--bhyvectl.path",
            paramLabel = "FILE",
            description = "The bhyvectl program. Default: ${DEFAULT-VALUE}")
    String bhyvectlPath = new AgentFlags().bhyvectlPath;

    @Option(
            names = "--vmm.dir",
            paramLabel = "DIR",
            description = "Directory of the VMs' device nodes. Default: ${DEFAULT-VALUE}")
    String vmmDir = new AgentFlags().vmmDir;

    @Option(
            names = "--vm.include",
            paramLabel = "REGEX",
            description = "Record VMs whose whole name matches. Default: ${DEFAULT-VALUE}")
    String include = new AgentFlags().include;

    @Option(
            names = "--vm.exclude",
            paramLabel = "REGEX",
            description = "But not those whose whole name matches this. Default: none")
    @Nullable
    String exclude;

    @Option(
            names = "--stats.interval",
            paramLabel = "TIME",
            description = "How often each VM is read: 500ms, 1s, 2m, or auto. Default: ${DEFAULT-VALUE}")
    String interval = new AgentFlags().interval;

    @Option(
            names = "--read.timeout",
            paramLabel = "TIME",
            description = "Time that reading one VM may take. Default: ${DEFAULT-VALUE}")
    String readTimeout = new AgentFlags().readTimeout;

    @Option(
            names = "--host.tsc-frequency",
            paramLabel = "HZ",
            description = "TSC frequency of the host, where sysctl machdep.tsc_freq cannot say")
    @Nullable
    String tscFrequency;

    @Option(
            names = "--host.hz",
            paramLabel = "HZ",
            description = "Clock ticks a second of the host, where sysctl kern.hz cannot say")
    @Nullable
    String hz;

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<Duration> time = Optional.ofNullable(duration).flatMap(Durations::parse);
        if (duration != null && time.filter(t -> !t.isZero()).isEmpty()) {
            problems.add("--duration", duration, "must be a duration like 30s or 5m");
        }
        if (output != null && output.isEmpty()) {
            problems.add("--output", output, "must not be empty");
        }
        Optional<AgentConfig> config = flags().judge(problems);
        if (config.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        LogSetup.apply("warn", "text");
        return new Recording(config.get(), Optional.ofNullable(output), time, out, err).run() ? OK : FAILED;
    }

    private AgentFlags flags() {
        AgentFlags flags = new AgentFlags();
        flags.source = source;
        flags.stateDir = stateDir;
        flags.bhyvectlPath = bhyvectlPath;
        flags.vmmDir = vmmDir;
        flags.include = include;
        flags.exclude = exclude;
        flags.interval = interval;
        flags.readTimeout = readTimeout;
        flags.tscFrequency = tscFrequency;
        flags.hz = hz;
        return flags;
    }
}
