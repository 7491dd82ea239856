package org.bhyvescope.cli;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The flags of {@code agent} with their defaults, as texts: {@link AgentConfig} judges them, all at once. */
final class AgentFlags extends SourceFlags {
    static final String DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10424";

    /** Knows which flags were given; null where a command fills these fields by itself. */
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = "--web.listen-address",
            paramLabel = "HOST:PORT",
            description = "Where to serve HTTP; repeatable. Default: " + DEFAULT_LISTEN_ADDRESS)
    List<String> listenAddresses = List.of();

    @Option(
            names = "--web.telemetry-path",
            paramLabel = "PATH",
            description = "Path of the metrics. Default: ${DEFAULT-VALUE}")
    String telemetryPath = "/metrics";

    @Option(
            names = "--web.config.file",
            paramLabel = "FILE",
            description = "TLS and users, in the format of Prometheus' exporter-toolkit. Default: none")
    @Nullable
    String webConfigFile;

    @Option(
            names = "--capture.max-size",
            paramLabel = "SIZE",
            description =
                    "Of all captures together; the oldest make room, those of reboots first. Default: ${DEFAULT-VALUE}")
    String captureMaxSize = "256MiB";

    @Option(
            names = "--capture.keep",
            paramLabel = "N",
            description = "How many captures are kept. Default: ${DEFAULT-VALUE}")
    String captureKeep = "50";

    @Option(
            names = "--capture.host-addresses",
            description = "Keep addresses of the host's kernel and devices in captures")
    boolean captureHostAddresses;

    @Option(
            names = "--state.interval",
            paramLabel = "TIME",
            description = "How often the state of each vCPU is read: 30s, 5m, 0 for never, or auto: "
                    + "60 s (5 m where reading statistics locks the vCPU, too), longer where two a second do not suffice. "
                    + "Default: ${DEFAULT-VALUE}")
    String stateInterval = "auto";

    @Option(
            names = "--history.max-size",
            paramLabel = "SIZE",
            description = "Memory for the samples of the last minutes of all VMs together: 64MiB, or 0 for none. "
                    + "Default: ${DEFAULT-VALUE}")
    String historyMaxSize = "16MiB";

    @Option(
            names = "--replay",
            paramLabel = "FILE",
            description = "Play this recording in place of reading VMs. Default: none")
    @Nullable
    String replay;

    @Option(
            names = "--replay.speed",
            paramLabel = "N",
            description = "How many times as fast as it was recorded: 0.1 to 1000, or max. Default: 1")
    @Nullable
    String replaySpeed;

    @Option(
            names = "--log.level",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug. Default: ${DEFAULT-VALUE}")
    String logLevel = "info";

    @Option(names = "--log.format", paramLabel = "FORMAT", description = "text or json. Default: ${DEFAULT-VALUE}")
    String logFormat = "text";

    /** Those of the agent, with these in place of its own. */
    static AgentFlags with(SourceFlags given) {
        AgentFlags flags = new AgentFlags();
        flags.source = given.source;
        flags.gate = given.gate;
        flags.stateDir = given.stateDir;
        flags.bhyvectlPath = given.bhyvectlPath;
        flags.vmmDir = given.vmmDir;
        flags.include = given.include;
        flags.exclude = given.exclude;
        flags.interval = given.interval;
        flags.readTimeout = given.readTimeout;
        flags.tscFrequency = given.tscFrequency;
        flags.hz = given.hz;
        return flags;
    }

    /** What this flag was given on the command line, be it its default. */
    Optional<String> given(String flag) {
        return Optional.ofNullable(spec)
                .map(s -> s.findOption(flag))
                .flatMap(option -> option.originalStringValues().stream().findFirst());
    }

    /** Judges all flags. Empty if there are problems. */
    Optional<AgentConfig> judge(Problems problems) {
        LogSetup.problem().ifPresent(problems::add);
        for (String flag : LogSetup.isByFile() ? List.of("--log.level", "--log.format") : List.<String>of()) {
            given(flag).ifPresent(value -> problems.add(flag, value, "does not go with a Logback file, which says it"));
        }
        return AgentConfig.of(this, problems);
    }
}
