package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as an abort of bhyve, and what only looks like a line of one. */
class AbortLinesTest {
    private static final String BEFORE = "starting\n";

    private static DumpText parse(String text) {
        return DumpParser.parse(text.getBytes(ISO_8859_1));
    }

    private static BhyveMessage.VmExit only(DumpText text) {
        assertThat(text.messages()).singleElement().isInstanceOf(BhyveMessage.VmExit.class);
        return (BhyveMessage.VmExit) text.messages().get(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\texitinfo1\t0x1\n\texitinfo2\t0x1fe00\n",
                "\texitcode\t0x7f\n\texitinfo1\t0\n\texitinfo2\t0\n",
                "\trip\t\t0xffffffff81063d84\n\tinst_length\t0\n\texitcode\t0x7f\n",
                "\texit_reason\t49\n\tqualification\t0x0000000000000182\n",
                "\tinst_type\t\t0\n\tinst_error\t\t7\n"
            })
    void linesWithoutABeginningAreUnknownAndNoAbort(String lines) {
        DumpText text = parse(BEFORE + lines);

        assertThat(text.messages()).isEmpty();
        assertThat(text.unknown().count()).isEqualTo(1 + (int) lines.lines().count());
    }

    @Test
    void linesWithoutABeginningAreNoStatisticsEither() {
        DumpText text = parse("vcpu0 stats:\nnumber of exits\t7\n\texitinfo1\t1\n\texitinfo2\t2\n");

        assertThat(text.vcpu(0).orElseThrow().stats().orElseThrow().table().names())
                .containsExactly("number of exits");
        assertThat(text.messages()).isEmpty();
    }

    @Test
    void aHeaderBeginsABlockThoughItsReasonIsLost() {
        BhyveMessage.VmExit exit = only(parse("vm exit[4]\n\texitinfo1\t0x1\n\texitinfo2\t0x2\n"));

        assertThat(exit.vcpu()).hasValue(4);
        assertThat(exit.vmx()).isFalse();
        assertThat(exit.values()).containsOnlyKeys("exitinfo1", "exitinfo2");
    }

    @Test
    void aReasonBeginsABlockThoughItsHeaderIsLost() {
        BhyveMessage.VmExit exit = only(parse(BEFORE + "\treason\t\tSVM\n\texitcode\t0x7f\n"));

        assertThat(exit.vcpu()).isEmpty();
        assertThat(exit.cut()).isTrue();
        assertThat(exit.values()).containsEntry("exitcode", 0x7fL);
    }

    @Test
    void anExitReasonWithItsNameBeginsABlock() {
        BhyveMessage.VmExit exit = only(parse(BEFORE + "\texit_reason\t49 (EPT misconfiguration)\n\tinst_type\t\t0\n"));

        assertThat(exit.vmx()).isTrue();
        assertThat(exit.vcpu()).isEmpty();
        assertThat(exit.reasonText()).isEqualTo("EPT misconfiguration");
        assertThat(exit.values()).containsOnlyKeys("exit_reason", "inst_type");
    }
}
