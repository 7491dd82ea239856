package org.bhyvescope.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GateRequestTest {
    private static final long SECONDS_3 = TimeUnit.SECONDS.toNanos(3);
    private static final Path GATE = Path.of("agent/libexec/bhyvescope-gate").toAbsolutePath();

    @Test
    void eachRequestIsOneLineOfTheGrammar() {
        assertThat(GateRequest.hello(Duration.ofSeconds(3)).line()).isEqualTo("hello 27");
        assertThat(GateRequest.statistics("web-0.a_B", SECONDS_3).line()).isEqualTo("stats 27 web-0.a_B");
        assertThat(GateRequest.state("web", 15, SECONDS_3).line()).isEqualTo("state 27 web 15");
        assertThat(GateRequest.kernelStacks(812, Duration.ofSeconds(3)).line()).isEqualTo("stacks 27 812");
        assertThat(GateRequest.pciDevice("pci0:3:0:0", Duration.ofSeconds(3)).line())
                .isEqualTo("pci 27 pci0:3:0:0");
    }

    /** Earlier than the agent's own deadline, or it could not tell a hanging bhyvectl from one that cannot be killed. */
    @ParameterizedTest
    @CsvSource({"-5, 1", "0, 1", "100, 1", "450, 1", "600, 3", "3000, 27", "60300, 600", "3600000, 600"})
    void theLimitLeavesRoomForTheAnswer(long millis, long tenths) {
        assertThat(GateRequest.statistics("web", TimeUnit.MILLISECONDS.toNanos(millis))
                        .line())
                .isEqualTo("stats " + tenths + " web");
    }

    @Test
    void whatIsNoneIsNotMade() {
        assertThatIllegalArgumentException().isThrownBy(() -> GateRequest.statistics("a b", SECONDS_3));
        for (int vcpu : new int[] {-1, 10_000, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException().isThrownBy(() -> GateRequest.state("web", vcpu, SECONDS_3));
        }
        for (int pid : new int[] {0, -1, 10_000_000}) {
            assertThatIllegalArgumentException().isThrownBy(() -> GateRequest.kernelStacks(pid, Duration.ofSeconds(1)));
        }
        for (String selector : new String[] {"", "ppt0", "pci0:3:0", "pci0:3:0:0\n", "-a", "pci0:3:0:0 x"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GateRequest.pciDevice(selector, Duration.ofSeconds(1)));
        }
    }

    /** The real gate. Whatever name it takes, there is no such VM on a machine that builds this. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "no-such-vm",
                "_x",
                "9",
                "a.b-c_D9",
                "",
                ".",
                "..",
                "-x",
                "--destroy",
                ".hidden",
                "a b",
                "a/b",
                "a\nb",
                "a\nhello 10",
                "a\tb",
                "a\0b",
                "a\r",
                "*",
                "a;b",
                "$(reboot)",
                "`reboot`",
                "'a'",
                "\"a\"",
                "a\\b",
                "\\141",
                "%s",
                "caf\u00e9",
                "\u202eabc",
                "a=b",
                "a:b",
                "a,b",
                "a@b",
                "a+b"
            })
    void theGateAndThisAgreeOnWhatIsAName(String name) throws Exception {
        Process gate =
                new ProcessBuilder(GATE.toString()).redirectErrorStream(true).start();
        try (var to = gate.getOutputStream()) {
            to.write(("stats 10 " + name + "\n").getBytes(StandardCharsets.UTF_8));
        }
        String said = new String(gate.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = gate.waitFor();

        boolean refused = GateRequest.problem(name).isPresent();
        assertThat(status).as(said).isEqualTo(refused ? 2 : 0);
        assertThat(said).contains(refused ? "bhyvescope-gate: refused: " : "bhyvescope-gate: end");
    }

    @Test
    void theLongestNameIsThatOfVmm() {
        assertThat(GateRequest.problem("x".repeat(229))).isEmpty();
        assertThat(GateRequest.problem("x".repeat(230))).isPresent();
    }
}
