package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real program logs at its start: as text, as JSON, and as a Logback file says. */
class LogE2eTest {
    private static final String STAMP = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) ";
    private static final String START =
            "bhyvescope \\d+\\.\\d+\\.\\d+ listening on http://127\\.0\\.0\\.1:\\d+/metrics: FreeBSD release unknown, "
                    + "source bhyvectl, statistics every 500ms, states every 60s";
    private static final Path SAMPLE = Program.PROJECT.resolve("agent/etc/logback.xml.sample");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private static Map<String, String> by(Path file) {
        return Map.of("BHYVESCOPE_JAVA_OPTS", "-Dlogback.configurationFile=" + file);
    }

    private String startLine(Map<String, String> environment, String... flags) throws Exception {
        TestHost host = new TestHost(directory, List.of("single"));
        try (Program agent = Program.agent(host, environment, flags)) {
            return Program.await(
                    LONG,
                    () -> agent.err()
                            .lines()
                            .filter(line -> line.contains("listening"))
                            .findFirst()
                            .orElse(null));
        }
    }

    @Test
    void oneLineTellsWhatHasStarted() throws Exception {
        assertThat(startLine(Map.of(), "--stats.interval=500ms")).matches(STAMP + "INFO  " + START);
    }

    @Test
    void inJsonItIsOneObject() throws Exception {
        JsonObject event = JsonParser.parseString(startLine(Map.of(), "--stats.interval=500ms", "--log.format=json"))
                .getAsJsonObject();
        assertThat(event.get("level").getAsString()).isEqualTo("INFO");
        assertThat(event.get("formattedMessage").getAsString()).matches(START);
    }

    @Test
    void theSampleLogsAsTheProgramDoesByItself() throws Exception {
        assertThat(startLine(by(SAMPLE), "--stats.interval=500ms")).matches(STAMP + "INFO  " + START);
    }

    @Test
    void whatAFileSaysIsDone() throws Exception {
        String sample = Files.readString(SAMPLE);
        Path file = directory.resolve("logback.xml");
        Files.writeString(file, sample.replace("%msg", "[%msg]"));
        assertThat(startLine(by(file), "--stats.interval=500ms")).matches(STAMP + "INFO  \\[" + START + "\\]");
    }

    @Test
    void aFileThatCannotBeUsedIsRefusedBeforeAStart() throws Exception {
        Path unknown = Files.writeString(
                directory.resolve("unknown.xml"),
                "<configuration><appender name=\"a\" class=\"no.such.Appender\"/><root><appender-ref ref=\"a\"/></root>"
                        + "</configuration>");
        Path absent = directory.resolve("none.xml");
        Path broken = Files.writeString(directory.resolve("broken.xml"), "<configuration><appender");
        for (Path file : List.of(absent, broken, unknown)) {
            try (Program check = Program.start(directory, List.of("check", "--config"), by(file))) {
                assertThat(check.exitCode(LONG)).as(file.toString()).isEqualTo(2);
                assertThat(check.err()).contains("-Dlogback.configurationFile=" + file + ": ");
                assertThat(check.out()).isEmpty();
            }
        }
    }

    @Test
    void aFileAndAFlagThatSayHowToLogAreRefusedTogether() throws Exception {
        try (Program check = Program.start(directory, List.of("check", "--config", "--log.level=debug"), by(SAMPLE))) {
            assertThat(check.exitCode(LONG)).isEqualTo(2);
            assertThat(check.err()).contains("--log.level=debug: does not go with a Logback file");
        }
        try (Program check = Program.start(directory, List.of("check", "--config"), by(SAMPLE))) {
            assertThat(check.exitCode(LONG)).isZero();
            assertThat(check.out()).isEqualTo("configuration ok\n");
        }
    }
}
