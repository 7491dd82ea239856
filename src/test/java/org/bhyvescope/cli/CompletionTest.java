package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.bhyvescope.metrics.Golden;
import org.junit.jupiter.api.Test;
import picocli.AutoComplete;

class CompletionTest {
    private static final String HEAD = """
            # Completion for bash, and for zsh with bashcompinit. Made from the program's flags by `make golden` with picocli's
            # generator (Apache License 2.0); a test compares. Do not edit.
            """;

    /** Picocli's script, with a head of ours in place of its own, which tells of another way to install it. */
    private static String script() {
        String body = AutoComplete.bash("bhyvescope", Cli.commandLine())
                .lines()
                .dropWhile(line -> line.isEmpty() || line.startsWith("#"))
                .collect(Collectors.joining("\n", "", "\n"));
        return HEAD + "\n" + body;
    }

    @Test
    void theScriptIsWhatPicocliMakesOfTheProgram() throws IOException {
        Golden.check(Path.of("agent/completion/bhyvescope.bash"), script());
    }

    @Test
    void theScriptKnowsEveryCommand() {
        assertThat(Cli.commandLine().getSubcommands().keySet())
                .isNotEmpty()
                .allSatisfy(name -> assertThat(script()).contains("function _picocli_bhyvescope_" + name + "()"));
    }
}
