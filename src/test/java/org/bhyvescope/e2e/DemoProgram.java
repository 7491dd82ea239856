package org.bhyvescope.e2e;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.demo.DemoModel;

/** A demo that runs, and what its guests do. */
final class DemoProgram implements AutoCloseable {
    private static final Pattern FOLDER = Pattern.compile("A simulated host in (\\S+),");
    private static final Duration END = Duration.ofSeconds(15);

    private final Program program;
    private final DemoModel model;
    private final String instance;

    private DemoProgram(Program program, DemoModel model, String instance) {
        this.program = program;
        this.model = model;
        this.instance = instance;
    }

    /** Starts one without a Prometheus, on a free port. */
    static DemoProgram start(Path directory) throws Exception {
        Program program =
                Program.start(directory, List.of("demo", "--no-prometheus", "--web.listen-address=127.0.0.1:0"));
        try {
            String instance = URI.create(program.url()).getAuthority();
            Matcher folder = FOLDER.matcher(program.out());
            if (!folder.find()) {
                throw new AssertionError("no folder in " + program.out());
            }
            return new DemoProgram(program, DemoModel.of(Path.of(folder.group(1))), instance);
        } catch (Exception | AssertionError e) {
            program.close();
            throw e;
        }
    }

    /** The label that Prometheus gives it. */
    String instance() {
        return instance;
    }

    DemoModel model() {
        return model;
    }

    /** Seconds since the host's start. */
    double now() {
        return System.currentTimeMillis() / 1e3 - model.time(0);
    }

    /** One that is killed would leave its folder behind. */
    @Override
    public void close() {
        try {
            program.signal("TERM"); // a shell that starts the build in the background has INT ignored
            program.exitCode(END);
        } catch (Exception | AssertionError e) {
            // Then it is killed.
        }
        program.close();
    }
}
