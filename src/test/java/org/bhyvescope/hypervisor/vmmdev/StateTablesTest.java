package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.dump.TsvRows;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.ReaderJvm;
import org.junit.jupiter.api.Test;

/** The tables against those of decode, which say what each of it means, and the reference's numbers. */
class StateTablesTest {
    private final StateTables tables = StateTables.load();
    private final Decoder decoder = Decoder.load();

    @Test
    void everyRegisterIsNamedAsBhyvectlPrintsItOnThatVendorsHosts() {
        for (boolean intel : new boolean[] {false, true}) {
            assertThat(tables.registers(intel)).allSatisfy(register -> {
                String vendor =
                        decoder.field(register.name()).orElseThrow().vendor().label();
                assertThat(vendor).isIn("unknown", intel ? "intel" : "amd");
            });
            assertThat(tables.registers(intel))
                    .extracting(StateTables.Register::name)
                    .doesNotHaveDuplicates()
                    .contains("exit_reason", "rip", "rflags", "cr0", "cr4", "efer");
            assertThat(tables.numbers(intel)).hasSizeLessThanOrEqualTo(VmmDevice.MAX_REGISTERS);
        }
        assertThat(ReaderRequest.MAX_NUMBERS).isEqualTo(VmmDevice.MAX_REGISTERS);
    }

    @Test
    void numbersOfControlBlocksAreThoseOfTheReference() {
        assertThat(IntStream.of(tables.numbers(false)).mapToObj(Integer::toHexString))
                .containsExactly(
                        "20", "f", "21", "10", "11", "13", "14", "15", "80080078", "80080080", "80080088", "80080070");
        assertThat(IntStream.of(tables.numbers(true)).mapToObj(Integer::toHexString))
                .containsExactly(
                        "20", "f", "21", "10", "11", "13", "14", "15", "80002400", "80004404", "80006400", "80004402");
    }

    @Test
    void capabilitiesAreThoseOfTheOtherTable() {
        List<String> names = tables.capabilities();

        assertThat(names).hasSize(11);
        for (int i = 0; i < names.size(); i++) {
            assertThat(decoder.value("capability", i).orElseThrow().name()).isEqualTo(names.get(i));
        }
    }

    @Test
    void everyRowHasASource() {
        assertThat(Stream.of("registers.tsv", "capabilities.tsv", "segments.tsv")
                        .flatMap(table -> TsvRows.load(StateTables.class, table).stream())
                        .map(row -> String.join(" ", row)))
                .allMatch(row -> row.matches(".*((sys|lib)/[\\w./]+\\.[ch] \\w+|SDM vol\\. 3 app\\. B).*"));
    }

    @Test
    void theCommandNamesTheReader() {
        assertThat(Command.reader(ReaderJvm.likeThisOne(Optional.empty()), Path.of("/dev/vmm"))
                        .argv())
                .contains(ReaderMain.class.getName());
    }
}
