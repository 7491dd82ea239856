package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateTextTest {
    private static DumpText parse(String text) throws IOException {
        return DumpParser.parse(new ByteArrayInputStream(text.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/demo/example.get-all.txt"})
    void whatItWritesIsReadBack(String file) throws IOException {
        DumpText dump = parse(Files.readString(Path.of(file)));
        VcpuDump vcpu = dump.vcpus().get(0);

        DumpText again = parse(StateText.of(dump, vcpu.vcpu()));

        VcpuDump back = again.vcpu(vcpu.vcpu()).orElseThrow();
        assertThat(back.values()).isNotEmpty().isEqualTo(vcpu.values());
        assertThat(back.segments()).isNotEmpty().isEqualTo(vcpu.segments());
        assertThat(back.capabilities()).isNotEmpty().isEqualTo(vcpu.capabilities());
        assertThat(again.vm().segments()).isNotEmpty().isEqualTo(dump.vm().segments());
        assertThat(again.vm().mappings()).isNotEmpty().isEqualTo(dump.vm().mappings());
        assertThat(again.vm().rtc()).isPresent().isEqualTo(dump.vm().rtc());
        assertThat(again.vm().active()).isPresent().isEqualTo(dump.vm().active());
        assertThat(again.vm().suspended()).isPresent().isEqualTo(dump.vm().suspended());
        assertThat(again.vm().topology()).isPresent().isEqualTo(dump.vm().topology());
        assertThat(again.unknown().count()).isZero();
    }

    @Test
    void aValueWithItsHighestBitSetIsReadBack() throws IOException {
        DumpText dump = parse("""
                rip[3]\t\t0xffffffff80abcdef
                tsc_offset[3]\t0xfffffffffffffff0
                exit_reason[3]\t0xffffffffffffffff
                """);

        DumpText again = parse(StateText.of(dump, 3));

        assertThat(again.vcpu(3).orElseThrow().values())
                .containsEntry("rip", 0xffffffff80abcdefL)
                .containsEntry("exit_reason", -1L);
    }

    @Test
    void ofAVcpuThatIsNotInTheDumpOnlyTheVmsFactsAreWritten() throws IOException {
        DumpText dump = parse("rip[3]\t\t0xffffffff80abcdef\nactive cpus:\t 3\n");

        assertThat(StateText.of(dump, 4)).isEqualTo("active cpus:\t 3\n");
    }
}
