package org.bhyvescope.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.bhyvescope.metrics.Golden;
import org.junit.jupiter.api.Test;
import picocli.AutoComplete;

class CompletionTest {
    @Test
    void theCompletionScriptIsWhatPicocliMakesOfTheProgram() throws IOException {
        Golden.check(Path.of("agent/completion/bhyvescope.bash"), AutoComplete.bash("bhyvescope", Cli.commandLine()));
    }
}
