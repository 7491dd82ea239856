package org.bhyvescope.cli;

import java.io.PrintStream;
import java.util.Optional;
import org.bhyvescope.os.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bhyvescope check}: what works on this host, and what to do about what does not. */
@Command(
        name = "check",
        description = "Tells line by line what works on this host, and the remedy for what does not. "
                + "Takes the flags of agent.")
final class CheckCommand extends Subcommand {
    @Mixin
    AgentFlags flags = new AgentFlags();

    @Option(
            names = "--config",
            description = "Only judge the flags, as a start would: binds no port, touches no VM, writes nothing")
    boolean configOnly;

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<AgentConfig> config = flags.judge(problems);
        config.ifPresent(judged -> StateOwner.judge(judged.stateDir(), problems));
        if (flags.replay != null && !configOnly) {
            problems.add("--replay", flags.replay, "goes with --config: a recording has no host to check");
        }
        if (config.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        config.get().webWarnings().forEach(warning -> out.println("warn  " + Printable.line(warning)));
        if (configOnly) {
            out.println("configuration ok");
            return OK;
        }
        return new HostCheck(config.get(), out).run() ? OK : FAILED;
    }
}
