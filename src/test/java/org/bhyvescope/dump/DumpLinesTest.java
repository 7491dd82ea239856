package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lines that a complaint on standard error tore in two: put together if they prove to be one, else unknown. */
class DumpLinesTest {
    private static final String HEADER = "vcpu0 stats:\n";
    private static final String COMPLAINT = "Couldn't open /dev/mem: Permission denied\n";
    private static final String ROW = "number of times hvc was intercepted     \t404\n";
    private static final String WHOLE_ROW = "number of times wfi was intercepted     \t31000\n";
    private static final String LONG_ROW = "number of vmexits for an unhandled exception\t1\n";

    private static Map<String, String> facts(String text) {
        Map<String, String> facts = DumpFacts.of(text);
        facts.keySet().removeIf(fact -> fact.startsWith("complaint "));
        return facts;
    }

    private static int unknown(String text) {
        return DumpParser.parse(text.getBytes(ISO_8859_1)).unknown().count();
    }

    @Test
    void aTornRowIsPutTogetherWhereverItWasTorn() {
        for (int at = 1; at < ROW.length() - 1; at++) {
            String torn = HEADER + ROW.substring(0, at) + COMPLAINT + ROW.substring(at) + WHOLE_ROW;

            assertThat(facts(torn)).as("torn at %d", at).isEqualTo(facts(HEADER + ROW + WHOLE_ROW));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"> ", "> > ", ">> ", "| "})
    void theMarksOfAQuotedDumpAreNotGluedIntoATornRow(String mark) {
        for (int at = 1; at < ROW.length() - 1; at++) {
            String torn = HEADER + ROW.substring(0, at) + COMPLAINT + ROW.substring(at) + WHOLE_ROW;
            String quoted = torn.replaceAll("(?m)^(?=.)", mark);

            assertThat(facts(quoted)).as("torn at %d", at).isEqualTo(facts(HEADER + ROW + WHOLE_ROW));
        }
    }

    @Test
    void aQuotedTornFieldIsPutTogether() {
        String torn = "> rsp[0]\t\t0x0000000000000020\n> host_ri" + COMPLAINT + "> p[0]\t\t0x0000000000001000\n";

        assertThat(facts(torn)).isEqualTo(facts("rsp[0]\t\t0x0000000000000020\nhost_rip[0]\t\t0x0000000000001000\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Failed to emulate instruction [0x", "active cpu", "number of times h", "]"})
    void aRowIsNotGluedToWhatAComplaintCutOff(String half) {
        assertThat(facts(HEADER + ROW + half + COMPLAINT + WHOLE_ROW)).isEqualTo(facts(HEADER + ROW + WHOLE_ROW));
        assertThat(unknown(HEADER + ROW + half + COMPLAINT + WHOLE_ROW)).isEqualTo(1);
    }

    @Test
    void aHalfRowIsNoRow() {
        String half = "number of times h" + COMPLAINT + "lost\nintercepted     \t404\n";
        String behind = "number of times h" + COMPLAINT + " was intercepted     \t404\n";

        assertThat(facts(HEADER + WHOLE_ROW + half).keySet()).noneMatch(f -> f.contains("number of times h"));
        assertThat(facts(HEADER + WHOLE_ROW + behind)).isEqualTo(facts(HEADER + WHOLE_ROW));
    }

    @Test
    void aRowTooLongForItsColumnCannotProveThatItIsWhole() {
        assertThat(facts(HEADER + WHOLE_ROW + "number of vmex" + COMPLAINT + LONG_ROW))
                .isEqualTo(facts(HEADER + WHOLE_ROW));
    }

    @Test
    void halvesOfAFieldThatNobodyKnowsAreNotPutTogether() {
        String whole = "rsp[0]\t\t0x0000000000000020\n";

        assertThat(facts(whole + "active cpu" + COMPLAINT + "fpu_word[0]\t\t0x0000000000000001\n"))
                .isEqualTo(facts(whole));
    }

    @Test
    void aFieldBehindAComplaintMayBeTheEndOfALongerName() {
        String text = "rsp[0]\t\t0x0000000000000020\nhxst_" + COMPLAINT + "cr3[0]\t\t0x0000000000001000\n";

        assertThat(facts(text + "host_cr4[0]\t\t0x0000000000000020\n")).doesNotContainKey("vcpu0 cr3");
    }
}
