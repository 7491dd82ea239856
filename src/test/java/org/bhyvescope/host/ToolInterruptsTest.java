package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Failed;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ToolInterruptsTest {
    private static final String UNKNOWN = "echo \"sysctl: unknown oid 'hw.intrs'\" >&2\nexit 1\n";

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void onX86SysctlIsAskedAlone() throws Exception {
        prints("sysctl", "hw.intrs.txt");
        ToolInterrupts tools = tools();

        assertThat(tools.read()).isInstanceOfSatisfying(Counted.class, counted -> {
            assertThat(counted.sources()).hasSize(4);
            assertThat(counted.nanos()).isNotZero();
        });
        assertThat(Scripts.read(dir.resolve("argv"))).isEqualTo("-n hw.intrs\n");
        assertThat(tools.interval()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void aKernelWithoutThatListIsNotAskedForItAgain() throws Exception {
        Scripts.write(dir.resolve("sysctl"), "echo \"$*\" >>" + dir + "/argv\n" + UNKNOWN);
        prints("vmstat", "vmstat-ai.txt");
        ToolInterrupts tools = tools();

        assertThat(tools.read()).isInstanceOf(Counted.class);
        assertThat(tools.read()).isInstanceOf(Counted.class);
        assertThat(Scripts.read(dir.resolve("argv"))).isEqualTo("-n hw.intrs\n-ai\n-ai\n");
    }

    @Test
    void withoutSysctlVmstatIsRunAndItsJsonIsReadToo() throws Exception {
        prints("vmstat", "vmstat-i.json");

        assertThat(tools().read())
                .isInstanceOfSatisfying(
                        Counted.class, counted -> assertThat(counted.sources()).hasSize(4));
    }

    @Test
    void withoutEitherThereIsNothingAndLaterItMayCome() throws Exception {
        ToolInterrupts tools = tools();

        assertThat(tools.read())
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.detail())
                                .contains("sysctl could not be started", "vmstat could not be started"));
        prints("sysctl", "hw.intrs.txt");
        assertThat(tools.read()).isInstanceOf(Counted.class);
    }

    @Test
    void garbageOfBothIsAFailure() throws Exception {
        Scripts.write(dir.resolve("sysctl"), "echo hello\n");
        Scripts.write(dir.resolve("vmstat"), "echo hello\n");

        assertThat(tools().read()).isEqualTo(new Failed("hw.intrs is not understood; vmstat -i printed no table"));
    }

    @Test
    void aSysctlThatHangsCostsOneDeadlineAndNoSecondProcess() throws Exception {
        Scripts.write(dir.resolve("sysctl"), "exec /bin/sleep 1000\n");
        prints("vmstat", "vmstat-ai.txt");

        assertThat(tools().read()).isEqualTo(new Failed("sysctl did not end in time"));
        assertThat(dir.resolve("argv")).doesNotExist();
    }

    private ToolInterrupts tools() {
        return new ToolInterrupts(dir.resolve("sysctl"), dir.resolve("vmstat"), children);
    }

    private void prints(String program, String file) throws Exception {
        Files.writeString(dir.resolve(file), Texts.of(file));
        Scripts.write(
                dir.resolve(program), "echo \"$*\" >>" + dir + "/argv\nexec /bin/cat " + dir.resolve(file) + "\n");
    }
}
