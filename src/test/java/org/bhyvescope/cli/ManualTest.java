package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** bhyvescope(8) against the flags and commands that the program has. */
class ManualTest {
    private static final Path MANUAL = Path.of("agent/man/bhyvescope.8");
    private static final Pattern HEADING = Pattern.compile("\\.Ss Flags of (.*)");
    private static final Pattern FLAG = Pattern.compile("\\.It Fl (-[a-z.-]+)(?: Ns = Ns Ar (\\S+))?");

    /** The flags of each command as the manual has them, {@code --cpu=N}. */
    private static Map<String, Set<String>> written() throws IOException {
        Map<String, Set<String>> flags = new TreeMap<>();
        Set<String> commands = Set.of();
        for (String line : Files.readAllLines(MANUAL)) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                commands = Set.of(heading.group(1).split(", | and ", -1));
            }
            if (line.startsWith(".It Fl ")) {
                Matcher flag = FLAG.matcher(line);
                assertThat(flag.matches()).as(line).isTrue();
                String text = "-" + flag.group(1) + (flag.group(2) == null ? "" : "=" + flag.group(2));
                for (String command : commands) {
                    assertThat(flags.computeIfAbsent(command, c -> new TreeSet<>())
                                    .add(text))
                            .as("%s of %s stands once", text, command)
                            .isTrue();
                }
            }
        }
        return flags;
    }

    private static Set<String> flags(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp())
                .map(ManualTest::form)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String form(OptionSpec option) {
        return option.longestName() + (option.arity().max() == 0 ? "" : "=" + option.paramLabel());
    }

    @Test
    void everyCommandHasItsFlagsInTheManualAndNoOther() throws IOException {
        Map<String, Set<String>> program = new TreeMap<>();
        Cli.commandLine().getSubcommands().forEach((name, command) -> {
            Set<String> flags = flags(command);
            if (!flags.isEmpty()) {
                program.put(name, flags);
            }
        });
        assertThat(program).containsKeys("agent", "check", "explain");
        assertThat(written()).isEqualTo(program);
    }

    @Test
    void everyCommandIsInTheSynopsisAndInTheListAndNoOther() throws IOException {
        String manual = Files.readString(MANUAL);
        Set<String> names = Cli.commandLine().getSubcommands().keySet();
        String synopsis = manual.substring(manual.indexOf(".Sh SYNOPSIS"), manual.indexOf(".Sh DESCRIPTION"));
        assertThat(found("(?m)^\\.Nm\\n\\.Cm (\\w+)", synopsis)).isEqualTo(names);
        String list = manual.substring(manual.indexOf(".Sh DESCRIPTION"), manual.indexOf(".Sh FLAGS"));
        assertThat(found("(?m)^\\.It Cm (\\w+)", list)).isEqualTo(names);
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(m -> m.group(1))
                .collect(Collectors.toSet());
    }

    @Test
    void theDefaultsThatTheManualTellsAreTheProgrammes() throws IOException {
        String manual = Files.readString(MANUAL);
        CommandLine flags = new CommandLine(new AgentFlags());
        flags.parseArgs();
        for (OptionSpec option : flags.getCommandSpec().options()) {
            String known = String.valueOf(option.<Object>getValue());
            if (option.arity().max() == 0 || known.equals("null") || known.equals("[]") || known.equals(".*")) {
                continue; // no default, or "all"
            }
            int begin = manual.indexOf(".It Fl " + option.longestName().substring(1) + " ");
            assertThat(manual.substring(begin, manual.indexOf(".It", begin + 1)))
                    .as(option.longestName())
                    .contains(known)
                    .contains("default");
        }
    }
}
