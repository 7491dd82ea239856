package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DumpTextsTest {
    private static final String FIRST = """
            ID  Length      Name
            0   2048MB      sysmem
            rip[0]\t\t0x0000000000001000
            rtc time 0x100: Thu Jan  1 00:04:16 1970
            active cpus:\t 0, 1
            what is this?
            """;

    private static final String SECOND = """
            rip[1]\t\t0x0000000000002000
            rtc time 0x101: Thu Jan  1 00:04:17 1970
            nor this
            errno = 13
            """;

    private static DumpText parse(String text) {
        return DumpParser.parse(text.getBytes(ISO_8859_1));
    }

    @Test
    void eachVcpuIsThereAndTheLastWordOnTheVmCounts() {
        DumpText joined = DumpTexts.join(List.of(parse(FIRST), parse(SECOND)));

        assertThat(joined.vcpus()).extracting(VcpuDump::vcpu).containsExactly(0, 1);
        assertThat(joined.vcpu(1).orElseThrow().value("rip")).hasValue(0x2000);
        assertThat(joined.vm().rtc().orElseThrow().epochSeconds()).isEqualTo(0x101);
        assertThat(joined.vm().segments()).as("only the first says so").hasSize(1);
        assertThat(joined.vm().active()).contains(CpuSet.of(0, 1));
        assertThat(joined.errno()).hasValue(13);
        assertThat(joined.unknown().count()).isEqualTo(2);
        assertThat(joined.cut()).isFalse();
    }

    @Test
    void aComplaintCountsOnceAndACutPartMakesTheWholeCut() {
        String complaint = "Couldn't open /dev/mem: Permission denied\n";
        DumpText joined = DumpTexts.join(List.of(parse(complaint + FIRST), parse(complaint + "rip[1]\t\t0x00")));

        assertThat(joined.complaints()).hasSize(1);
        assertThat(joined.cut()).isTrue();
    }

    @Test
    void oneIsItself() {
        assertThat(DumpTexts.join(List.of(parse(FIRST)))).isEqualTo(parse(FIRST));
    }
}
