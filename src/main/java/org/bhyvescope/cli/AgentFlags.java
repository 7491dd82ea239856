package org.bhyvescope.cli;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags of {@code agent} with their defaults, as texts: {@link AgentConfig} judges them, all at once. */
final class AgentFlags {
    static final String DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10424";

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
            names = "--source",
            paramLabel = "SOURCE",
            description =
                    "How to read: vmmdev (ioctls on /dev/vmm), bhyvectl (processes), or auto: vmmdev where it works and "
                            + "does not lock the vCPU, else bhyvectl. Default: ${DEFAULT-VALUE}")
    String source = "auto";

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Directory for what outlives the agent; the JVM leaves its crash reports there. "
                    + "Default: ${DEFAULT-VALUE}")
    String stateDir = "/var/db/bhyvescope";

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
            names = "--bhyvectl.path",
            paramLabel = "FILE",
            description = "The bhyvectl program. Default: ${DEFAULT-VALUE}")
    String bhyvectlPath = "/usr/sbin/bhyvectl";

    @Option(
            names = "--vmm.dir",
            paramLabel = "DIR",
            description = "Directory of the VMs' device nodes. Default: ${DEFAULT-VALUE}")
    String vmmDir = "/dev/vmm";

    @Option(
            names = "--vm.include",
            paramLabel = "REGEX",
            description = "Monitor VMs whose whole name matches. Default: ${DEFAULT-VALUE}")
    String include = ".*";

    @Option(
            names = "--vm.exclude",
            paramLabel = "REGEX",
            description = "But not those whose whole name matches this. Default: none")
    @Nullable
    String exclude;

    @Option(
            names = "--stats.interval",
            paramLabel = "TIME",
            description = "How often each VM is read: 500ms, 1s, 2m, or auto: 1 s (5 s where reading locks the vCPU), "
                    + "longer where 20 processes a second do not suffice. Default: ${DEFAULT-VALUE}")
    String interval = "auto";

    @Option(
            names = "--state.interval",
            paramLabel = "TIME",
            description = "How often the state of each vCPU is read: 30s, 5m, 0 for never, or auto: "
                    + "60 s (5 m where reading statistics locks the vCPU, too), longer where two a second do not suffice. "
                    + "Default: ${DEFAULT-VALUE}")
    String stateInterval = "auto";

    @Option(
            names = "--read.timeout",
            paramLabel = "TIME",
            description = "Time that bhyvectl may take for one VM; the interval if that is longer. "
                    + "Default: ${DEFAULT-VALUE}")
    String readTimeout = "3s";

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

    @Option(
            names = "--log.level",
            paramLabel = "LEVEL",
            description = "error, warn, info or debug. Default: ${DEFAULT-VALUE}")
    String logLevel = "info";

    @Option(names = "--log.format", paramLabel = "FORMAT", description = "text or json. Default: ${DEFAULT-VALUE}")
    String logFormat = "text";

    /** Judges all flags. Empty if there are problems. */
    Optional<AgentConfig> judge(Problems problems) {
        return AgentConfig.of(this, problems);
    }
}
