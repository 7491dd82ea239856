package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LibcTest {
    @Test
    void aLibraryThatCannotBeCalledIsAProblemAndNoMore() throws Exception {
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Dbhyvescope.libc=no-such-library",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Asked.class.getName(),
                        FakeVmm.library().toString())
                .redirectErrorStream(true)
                .start();

        assertThat(new String(other.getInputStream().readAllBytes(), UTF_8).lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("Optional[the C library cannot be called: ")
                                .contains("no-such-library"),
                        line -> assertThat(line).isEqualTo("OptionalLong.empty Optional.empty OptionalDouble.empty"),
                        line -> assertThat(line).as("bound later").isEqualTo("Optional.empty OptionalLong[1000]"));
    }

    /** A JVM of its own, where nothing is bound yet. */
    static final class Asked {
        private Asked() {}

        public static void main(String[] args) {
            System.out.println(VmmDevice.problem().flatMap(text -> text.lines().findFirst()));
            System.out.println(Sysctls.number(Sysctls.Name.HZ) + " " + Sysctls.text(Sysctls.Name.MODEL) + " "
                    + ChildCpuTime.seconds());
            System.setProperty("bhyvescope.libc", args[0]);
            System.out.println(VmmDevice.problem() + " " + Sysctls.number(Sysctls.Name.HZ));
        }
    }
}
