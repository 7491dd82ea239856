package org.bhyvescope.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildCpuTimeTest {
    @Test
    void aChildThatComputedIsInTheCpuTime(@TempDir Path dir) throws Exception {
        double before = ChildCpuTime.seconds().orElseThrow();
        Path script = Scripts.write(dir.resolve("busy"), "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done\n");
        try (Children children = Scripts.quickChildren()) {
            children.run(Command.statistics(script, "vm", 0), Owner.statistics("vm"), Allowance.of(Scripts.PATIENCE));
        }

        assertThat(ChildCpuTime.seconds().orElseThrow() - before).isBetween(0.01, 30.0);
    }
}
