package org.bhyvescope.cli;

import java.io.PrintStream;
import picocli.CommandLine.Option;

/** What all commands have. */
abstract class Subcommand {
    /** Exit codes: it worked; it did not; the command line is wrong. */
    static final int OK = 0;

    static final int FAILED = 1;
    static final int USAGE = 2;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this and end")
    boolean help;

    /**
     * Does the work.
     *
     * @param problems where to say what is wrong with the command line; then the result is {@link #USAGE}
     * @return the exit code
     */
    abstract int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException;
}
