package org.bhyvescope.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Where the program begins. */
public final class Main {
    private Main() {}

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err);
        int code = Cli.run(args, out, err);
        if (out.checkError() && code == Subcommand.OK) {
            err.println("bhyvescope: standard output cannot be written (disk full, or its reader has gone)");
            code = Subcommand.FAILED;
        }
        System.exit(code);
    }

    /** Buffered: a page of metrics is not to be a thousand small writes. */
    private static PrintStream utf8(FileDescriptor to) {
        boolean autoFlush = to == FileDescriptor.err;
        return new PrintStream(
                new java.io.BufferedOutputStream(new FileOutputStream(to), 1 << 16), autoFlush, StandardCharsets.UTF_8);
    }
}
