package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;
import org.bhyvescope.os.Scripts;
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

    @Test
    void theLookAlikeOfTheKernelLeavesGetrusageToTheRealLibrary() throws Exception {
        String java = ProcessHandle.current().info().command().orElseThrow();
        Process other = new ProcessBuilder(
                        java,
                        "-Dbhyvescope.libc=" + FakeVmm.library(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Asked.class.getName())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(other.getInputStream().readAllBytes(), UTF_8).strip())
                .matches("OptionalDouble\\[0\\.0.*");
    }

    /** A JVM of its own, so that the class is bound to the look-alike. */
    static final class Asked {
        private Asked() {}

        public static void main(String[] args) {
            System.out.println(ChildCpuTime.seconds());
        }
    }
}
