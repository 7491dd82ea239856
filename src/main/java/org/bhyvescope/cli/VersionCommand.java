package org.bhyvescope.cli;

import java.io.PrintStream;
import picocli.CommandLine.Command;

/** {@code bhyvescope version}. */
@Command(name = "version", description = "Prints the versions of bhyvescope, Java and the system.")
final class VersionCommand extends Subcommand {
    @Override
    int run(PrintStream out, PrintStream err, Problems problems) {
        if (!problems.isEmpty()) {
            return USAGE;
        }
        out.println("bhyvescope " + Version.text());
        out.println("java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        out.println(System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        return OK;
    }
}
