package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A main class in a JVM that the launcher starts, so that heap, collector, compiler and archive are the agent's own and
 * stand nowhere twice. The launcher puts BHYVESCOPE_JAVA_OPTS before its {@code -jar}: a class named there becomes the
 * main class, and finds the launcher's options before its own arguments. Answers lines with lines.
 */
final class Launched implements AutoCloseable {
    private static final Path PROJECT = Path.of("").toAbsolutePath();
    static final Path LAUNCHER = PROJECT.resolve("agent/bin/bhyvescope");
    private static final String MARK = "--bench";

    private final Process process;
    private final BufferedReader from;
    private final Writer to;

    private Launched(Process process) {
        this.process = process;
        this.from = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
        this.to = process.outputWriter(UTF_8);
    }

    static Launched start(Class<?> main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), MARK));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
        // The jar first: the archive is for a class path that begins with it.
        builder.environment()
                .put(
                        "BHYVESCOPE_JAVA_OPTS",
                        "-cp " + PROJECT + "/target/bhyvescope.jar:" + PROJECT + "/target/test-classes "
                                + main.getName());
        return new Launched(builder.start());
    }

    /** In the child: its own arguments. */
    static List<String> arguments(String[] args) {
        List<String> all = List.of(args);
        return all.subList(all.indexOf(MARK) + 1, all.size());
    }

    long pid() {
        return process.pid();
    }

    /** Its next line. */
    String line() throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new IOException("the child JVM has ended");
        }
        return line;
    }

    /** Says a line and returns the answer. */
    String ask(String line) throws IOException {
        to.write(line + "\n");
        to.flush();
        return line();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
