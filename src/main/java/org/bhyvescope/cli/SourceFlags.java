package org.bhyvescope.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The flags that say which VMs are read, and how, as texts: for all commands that sample. */
class SourceFlags {
    @Option(
            names = "--source",
            paramLabel = "SOURCE",
            description =
                    "How to read: vmmdev (ioctls on /dev/vmm), bhyvectl (processes), gate (bhyvectl, run by root for a user "
                            + "without rights), or auto: vmmdev where it works and does not lock the vCPU, else bhyvectl. "
                            + "Default: ${DEFAULT-VALUE}")
    String source = "auto";

    @Mixin
    GateFlags gate = new GateFlags();

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Directory for what outlives the agent; the JVM leaves its crash reports there. "
                    + "Default: ${DEFAULT-VALUE}")
    String stateDir = "/var/db/bhyvescope";

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
}
