package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** CONFIGURATION.md against the flags that the program has. */
class ConfigurationDocumentTest {
    private static final Pattern ROW = Pattern.compile("\\| `(--[a-z.-]+(?:=[A-Z:]+)?)` \\|(.*?)\\| .* \\|");
    private static final Pattern FLAG = Pattern.compile("`(--[a-z.-]+)");

    /** Defaults that picocli does not know, as the file writes them. */
    private static final Map<String, String> OTHER_DEFAULTS = Map.of(
            "--web.listen-address=HOST:PORT", "`" + AgentFlags.DEFAULT_LISTEN_ADDRESS + "`",
            "--web.config.file=FILE", "none",
            "--vm.exclude=REGEX", "none",
            "--capture.host-addresses", "",
            "--replay=FILE", "none",
            "--replay.speed=N", "`1`",
            "--host.tsc-frequency=HZ", "sysctl `machdep.tsc_freq`",
            "--host.hz=HZ", "sysctl `kern.hz`");

    private static String section(String heading) throws IOException {
        String text = Files.readString(Path.of("CONFIGURATION.md"));
        int begin = text.indexOf("\n## " + heading);
        assertThat(begin).as(heading).isPositive();
        return text.substring(begin, text.indexOf("\n## ", begin + 1));
    }

    /** Defaults by flag with its parameter, from the table of a section. */
    private static Map<String, String> table(String section) {
        Map<String, String> rows = new LinkedHashMap<>();
        section.lines().filter(line -> line.startsWith("| `")).forEach(line -> {
            Matcher m = ROW.matcher(line);
            assertThat(m.matches()).as(line).isTrue();
            rows.put(m.group(1), m.group(2).strip());
        });
        return rows;
    }

    private static List<OptionSpec> options(Object command) {
        CommandLine line = new CommandLine(command);
        line.parseArgs();
        return line.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp())
                .toList();
    }

    private static String defaultOf(OptionSpec option) {
        return String.valueOf(option.<Object>getValue());
    }

    private static String written(OptionSpec option) {
        return option.longestName() + (option.arity().max() == 0 ? "" : "=" + option.paramLabel());
    }

    @Test
    void theTableOfAgentHasEveryFlagWithItsDefaultAndNoOther() throws IOException {
        Map<String, String> program = new TreeMap<>();
        for (OptionSpec option : options(new AgentFlags())) {
            String flag = written(option);
            String other = OTHER_DEFAULTS.get(flag);
            String known = defaultOf(option);
            boolean unknown =
                    known.equals("[]") || known.equals("null") || option.arity().max() == 0;
            assertThat(unknown).as(flag).isEqualTo(other != null);
            program.put(flag, other != null ? other : "`" + known + "`");
        }
        assertThat(new TreeMap<>(table(section("Flags of `agent`")))).isEqualTo(program);
    }

    @Test
    void theSectionOfAgentNamesAllItsFlagsAndNoOther() throws IOException {
        TreeSet<String> named = FLAG.matcher(section("Flags of `agent`"))
                .results()
                .map(m -> m.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named)
                .containsExactlyElementsOf(new TreeSet<>(options(new AgentCommand()).stream()
                        .map(OptionSpec::longestName)
                        .toList()));
    }

    @Test
    void theDefaultFormatIsTheOneInTheFile() throws IOException {
        OptionSpec format = options(new AgentCommand()).stream()
                .filter(option -> option.longestName().equals("--format"))
                .findFirst()
                .orElseThrow();
        assertThat(section("Flags of `agent`")).contains("`--format=prometheus` (default)");
        assertThat(format.description()[0]).endsWith("Default: prometheus");
    }

    @Test
    void theTableOfDemoHasEveryFlagAndNoOther() throws IOException {
        assertThat(table(section("Flags of `demo`")).keySet())
                .containsExactlyInAnyOrderElementsOf(options(new DemoCommand()).stream()
                        .map(ConfigurationDocumentTest::written)
                        .toList());
    }

    @Test
    void theTableOfStateHasEveryFlagAndNoOtherAndTheDefaultsOfAgent() throws IOException {
        Map<String, String> rows = table(section("Flags of `state`"));
        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(options(new StateCommand()).stream()
                        .map(ConfigurationDocumentTest::written)
                        .toList());
        assertThat(rows)
                .containsEntry("--bhyvectl.path=FILE", "`" + new AgentFlags().bhyvectlPath + "`")
                .containsEntry("--vmm.dir=DIR", "`" + new AgentFlags().vmmDir + "`")
                .containsEntry("--read.timeout=TIME", "`" + new AgentFlags().readTimeout + "`");
    }

    @Test
    void theTableOfRecordHasEveryFlagAndNoOtherAndTheDefaultsOfAgent() throws IOException {
        Map<String, String> rows = table(section("Flags of `record`"));
        List<OptionSpec> options = options(new RecordCommand());
        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        options.stream().map(ConfigurationDocumentTest::written).toList());
        Map<String, String> agent = table(section("Flags of `agent`"));
        options.stream()
                .map(ConfigurationDocumentTest::written)
                .filter(agent::containsKey)
                .forEach(flag -> assertThat(rows.get(flag)).as(flag).isEqualTo(agent.get(flag)));
        options.stream()
                .filter(option ->
                        agent.containsKey(written(option)) && !defaultOf(option).equals("null"))
                .forEach(option -> assertThat(rows.get(written(option))).isEqualTo("`" + defaultOf(option) + "`"));
    }

    @Test
    void checkTakesTheFlagsOfAgentAndConfig() {
        List<String> expected = options(new AgentFlags()).stream()
                .map(OptionSpec::longestName)
                .collect(Collectors.toCollection(ArrayList::new));
        expected.add("--config");
        assertThat(options(new CheckCommand()))
                .extracting(OptionSpec::longestName)
                .containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void helpTellsEveryDefaultThatIsNotFromTheHost() {
        for (OptionSpec option : options(new AgentFlags())) {
            if (option.arity().max() == 0) {
                continue; // a switch is off
            }
            String description = String.join(" ", option.description());
            assertThat(description)
                    .as(option.longestName())
                    .containsPattern(option.longestName().startsWith("--host.") ? "sysctl" : "Default: ");
        }
    }
}
