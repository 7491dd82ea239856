package org.bhyvescope.os;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateAnswerTest {
    private static final String TWO = """
            bhyvescope-gate: 1
            bhyvescope-gate: call 0
            active cpus:\t 0, 5
            vcpu0 stats:

            bhyvescope-gate: exit 0
            bhyvescope-gate: call 5
            half a line
            bhyvescope-gate: exit 255
            bhyvescope-gate: end
            """;

    private static ChildResult.Exited run(String stdout) {
        return new ChildResult.Exited(0, stdout.getBytes(ISO_8859_1), "said".getBytes(ISO_8859_1), 42);
    }

    private static String text(ChildResult result) {
        ChildResult.Exited exited = (ChildResult.Exited) result;
        return exited.status() + "|" + new String(exited.stdout(), ISO_8859_1) + "|"
                + new String(exited.stderr(), ISO_8859_1) + "|" + exited.middleNanos();
    }

    @Test
    void eachCallReadsAsARunOfItsOwn() {
        assertThat(text(GateAnswer.of(run(TWO), 0))).isEqualTo("0|active cpus:\t 0, 5\nvcpu0 stats:\n|said|42");
        assertThat(text(GateAnswer.of(run(TWO), 5))).isEqualTo("255|half a line|said|42");
        assertThat(GateAnswer.programs(run(TWO))).isEqualTo(2);
    }

    @Test
    void everyByteComesThrough() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        String content = new String(all, ISO_8859_1);
        String answer = "bhyvescope-gate: 1\nbhyvescope-gate: call 3\n" + content + "\nbhyvescope-gate: exit 0\n"
                + "bhyvescope-gate: end\n";

        assertThat(((ChildResult.Exited) GateAnswer.of(run(answer), 3)).stdout())
                .isEqualTo(all);
    }

    @Test
    void anAnswerThatIsCutAnywhereIsNone() {
        for (int length = 1; length < TWO.length(); length++) {
            assertThat(GateAnswer.of(run(TWO.substring(0, length)), 0))
                    .as("%d bytes", length)
                    .isInstanceOf(ChildResult.Garbled.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {124, 137})
    void aProgramThatWasKilledAtItsLimitIsLate(int status) {
        String answer = TWO.replace("exit 255", "exit " + status);

        assertThat(GateAnswer.of(run(answer), 5)).isEqualTo(new ChildResult.TimedOut(false));
        assertThat(GateAnswer.of(run(answer), 0)).isInstanceOf(ChildResult.Exited.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vcpu0 stats:\ntotal\t1\n",
                "bhyvescope-gate: 2\nbhyvescope-gate: end\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: call 0\nx\nbhyvescope-gate: end\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: call -1\nx\nbhyvescope-gate: exit 0\nbhyvescope-gate: end\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: call 0\nx\nbhyvescope-gate: exit\nbhyvescope-gate: end\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: call 0\nx\nbhyvescope-gate: exit 99999\nbhyvescope-gate: end\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: call 0\nx\nbhyvescope-gate: exit 0\nbhyvescope-gate: end\nmore\n",
                "bhyvescope-gate: 1\nbhyvescope-gate: end\nbhyvescope-gate: call 0\nx\nbhyvescope-gate: exit 0\n",
                "<html>\n",
                "\0\0\0\0"
            })
    void whatIsNoAnswerIsSaidToBeNone(String text) {
        assertThat(GateAnswer.of(run(text), 0))
                .isInstanceOfSatisfying(
                        ChildResult.Garbled.class,
                        garbled -> assertThat(garbled.why()).startsWith("the gate's answer is not whole, or none"));
        assertThat(GateAnswer.programs(run(text))).isZero();
    }

    @Test
    void aVcpuThatItDoesNotTellOfIsNotTakenFromAnother() {
        assertThat(GateAnswer.of(run(TWO), 1))
                .isEqualTo(new ChildResult.Garbled("the gate's answer holds nothing of vCPU 1"));
    }

    @Test
    void whoIsNotLetInIsToldWhatWasSaid() {
        assertThat(GateAnswer.of(
                        new ChildResult.Exited(
                                1, new byte[0], "doas: Operation not permitted\n".getBytes(ISO_8859_1), 0),
                        0))
                .isEqualTo(new ChildResult.NotStarted(
                        "the gate did not answer (status 1): doas: Operation not permitted"));
        assertThat(GateAnswer.of(new ChildResult.Exited(2, new byte[0], new byte[0], 0), 0))
                .isEqualTo(new ChildResult.NotStarted("the gate did not answer (status 2)"));
    }

    @Test
    void whatBecameOfItsProcessStays() {
        for (ChildResult result : new ChildResult[] {
            new ChildResult.TimedOut(true), new ChildResult.NotStarted("no"), new ChildResult.TooMuchOutput(1)
        }) {
            assertThat(GateAnswer.of(result, 0)).isSameAs(result);
        }
    }
}
