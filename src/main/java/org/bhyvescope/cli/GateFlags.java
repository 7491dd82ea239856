package org.bhyvescope.cli;

import picocli.CommandLine.Option;

/** The flags that say how the gate is reached, as texts. */
final class GateFlags {
    @Option(
            names = "--gate.by",
            paramLabel = "FILE",
            description = "With --source=gate: doas or sudo, run with -n. Default: ${DEFAULT-VALUE}")
    String by = "/usr/local/bin/doas";

    @Option(
            names = "--gate.path",
            paramLabel = "FILE",
            defaultValue = "${sys:bhyvescope.gate:-/usr/local/libexec/bhyvescope/bhyvescope-gate}",
            description =
                    "With --source=gate: the gate, as the rule of doas or sudo names it. Default: ${DEFAULT-VALUE}")
    String path = "";
}
