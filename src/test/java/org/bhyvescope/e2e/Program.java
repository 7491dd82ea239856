package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The real program, started by its launcher; output goes to files. */
final class Program implements AutoCloseable {
    static final Path PROJECT = Path.of("").toAbsolutePath();
    static final Path LAUNCHER = PROJECT.resolve("agent/bin/bhyvescope");
    private static final Pattern URL = Pattern.compile("https?://127\\.0\\.0\\.1:\\d+");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final Path out;
    private final Path err;

    private Program(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts {@code bhyvescope args…}. */
    static Program start(Path directory, List<String> args) throws IOException {
        return start(directory, args, Map.of());
    }

    /** The same with more environment variables. */
    static Program start(Path directory, List<String> args, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
        command.addAll(args);
        return startOther(directory, command, environment);
    }

    /** Starts any other program the same way. */
    static Program startOther(Path directory, List<String> command) throws IOException {
        return startOther(directory, command, Map.of());
    }

    private static Program startOther(Path directory, List<String> command, Map<String, String> environment)
            throws IOException {
        Path out = Files.createTempFile(directory, "program", ".out");
        Path err = Files.createTempFile(directory, "program", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().remove("BHYVESCOPE_JAVA_OPTS");
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new Program(process, out, err);
    }

    /** Starts the agent on a free port of the loopback address. */
    static Program agent(TestHost host, String... more) throws IOException {
        return agent(host, Map.of(), more);
    }

    /** The same with more environment variables. */
    static Program agent(TestHost host, Map<String, String> environment, String... more) throws IOException {
        List<String> args = new ArrayList<>(List.of("agent", "--web.listen-address=127.0.0.1:0"));
        args.addAll(host.flags());
        args.addAll(List.of(more));
        return start(host.directory(), args, environment);
    }

    String out() throws IOException {
        return Files.readString(out);
    }

    String err() throws IOException {
        return Files.readString(err);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** The address that it says it serves, once it does. */
    String url() throws Exception {
        return await(Duration.ofSeconds(30), () -> {
            Matcher m = URL.matcher(out() + err());
            return m.find() ? m.group() : null;
        });
    }

    /** All addresses that it says it serves, once it does: as many as wanted. */
    List<URI> urls(int wanted) throws Exception {
        return await(Duration.ofSeconds(30), () -> {
            List<URI> found =
                    URL.matcher(err()).results().map(m -> URI.create(m.group())).toList();
            return found.size() == wanted ? found : null;
        });
    }

    /** The body of a page. */
    String get(String path) throws Exception {
        return get(HTTP, URI.create(url() + path));
    }

    static String get(HttpClient http, URI uri) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    /** The metrics as a page. */
    Page metrics() throws Exception {
        return new Page(get("/metrics"));
    }

    /** The metrics, once this holds. */
    Page metricsWhen(Duration atMost, Predicate<Page> condition) throws Exception {
        AtomicReference<Page> last = new AtomicReference<>(new Page(""));
        try {
            return await(atMost, () -> {
                Page page = metrics();
                last.set(page);
                return condition.test(page) ? page : null;
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the last page:\n" + last.get() + err(), e);
        }
    }

    /** The metrics, once every VM has been read and rates are there. */
    String metricsWithRates() throws Exception {
        return await(Duration.ofSeconds(30), () -> {
            String page = get("/metrics");
            return page.contains("\nbhyve_vm_exit_rate{") ? page : null;
        });
    }

    /** Sends a signal by name. */
    void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    /** Waits for its end and returns the exit code. */
    int exitCode(Duration atMost) throws Exception {
        if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
            fail("still running after " + atMost + "; it said:\n" + out() + err());
        }
        return process.exitValue();
    }

    /** Polls until there is a result. */
    static <T> T await(Duration atMost, Callable<T> poll) throws Exception {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            T result = poll.call();
            if (result != null) {
                return result;
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + atMost);
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
