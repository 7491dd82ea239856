package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import java.util.Random;
import org.bhyvescope.decode.Field.Show;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderWordTest {
    private static final Decoder DECODER = Decoder.load();

    static List<String> words() {
        return List.copyOf(DECODER.words());
    }

    private static final WordTable TABLE = WordTable.load();

    private static Decoded decode(String word, long value) {
        return DECODER.word(word, value).orElseThrow();
    }

    private static int low(Part part) {
        return Integer.parseInt(part.bits().substring(part.bits().indexOf(':') + 1));
    }

    private static int high(Part part) {
        int colon = part.bits().indexOf(':');
        return Integer.parseInt(colon < 0 ? part.bits() : part.bits().substring(0, colon));
    }

    /** Bits that say nothing when set: they are always set. */
    private static long silent(String word) {
        return TABLE.find(word).orElseThrow().fields().stream()
                .filter(f -> f.show() == Show.SILENT)
                .mapToLong(Field::mask)
                .reduce(0, (a, b) -> a | b);
    }

    /** The bits of a part where they are in the word; part of an address already is. */
    private static long inPlace(String word, Part part) {
        boolean address = TABLE.find(word).orElseThrow().fields().stream()
                .anyMatch(f -> f.show() == Show.ADDRESS && f.bits().equals(part.bits()));
        return address ? part.value() : part.value() << low(part);
    }

    @ParameterizedTest
    @MethodSource("words")
    void thePartsOfAnyValueAreItsSetBitsEachOnceAndInOrder(String word) {
        Random random = new Random(word.hashCode());
        long silent = silent(word);
        for (int i = 0; i < 2_000; i++) {
            long value = i < 64 ? 1L << i : i % 2 == 0 ? random.nextLong() : random.nextLong() & random.nextInt();
            long seen = 0;
            long rebuilt = 0;
            int last = -1;
            for (Part part : decode(word, value).parts()) {
                long mask = (-1L >>> (63 - (high(part) - low(part)))) << low(part);
                assertThat(seen & mask).as("%s %#x %s twice", word, value, part).isZero();
                assertThat(low(part)).isGreaterThan(last);
                assertThat(inPlace(word, part)).isEqualTo(value & mask);
                seen |= mask;
                rebuilt |= inPlace(word, part);
                last = low(part);
            }
            assertThat(rebuilt).as("%s %#x", word, value).isEqualTo(value & ~silent);
        }
    }

    @ParameterizedTest
    @MethodSource("words")
    void whatNoRowNamesIsReservedOrUnknownAndAllOfItIsSet(String word) {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            assertThat(decode(word, random.nextLong()).parts())
                    .filteredOn(p -> !p.known())
                    .allSatisfy(p -> {
                        assertThat(p.name()).isIn("reserved", "unknown");
                        assertThat(p.value()).isEqualTo(-1L >>> (63 - (high(p) - low(p))));
                    });
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "rflags | 0x40193 | CF AF SF TF AC",
                "rflags | 0x2 | none",
                "rflags | 0x3246 | PF ZF IF IOPL 3",
                "rflags | 0x400002 | reserved bit 22",
                "efer | 0x1d01 | SCE LME LMA NXE SVME",
                "cr0 | 0x80050033 | PE MP ET NE WP AM PG",
                "cr3 | 0x1ad002 | low bits 0x2, page-table base 0x1ad000",
                "cr4 | 0x350ef8 | DE PSE PAE MCE PGE OSFXSR OSXMMEXCPT UMIP FSGSBASE OSXSAVE SMEP SMAP",
                "cr4 | 0x100000000 | unknown bit 32",
                "dr6 | 0xffff0ff0 | none",
                "dr6 | 0xffff4ff1 | B0 BS",
                "dr7 | 0x400 | none",
                "segment_access | 0xa09b | code, execute/read, accessed, DPL 0, P, L, G",
                "segment_access | 0x8b | TSS, busy, DPL 0, P",
                "segment_access | 0x10000 | DPL 0, unusable",
                "selector | 0x2b | RPL 3, index 5",
                "cr_intercept | 0xfee2fee2 | reads and writes of CR1, CR5-CR7, CR9-CR15",
                "cr_intercept | 0x00010000 | writes of CR0",
                "cr_intercept | 0x80010018 | reads of CR3-CR4; writes of CR0, CR15",
                "dr_intercept | 0 | none",
                "dr_intercept | 0xff | reads of DR0-DR7",
                "exc_intercept | 0x40000 | #MC",
                "exception_bitmap | 0x40002 | #DB, #MC",
                "tlb_control | 0 | nothing",
                "tlb_control | 3 | this guest's entries",
                "v_irq_tpr | 0x1000000 | V_INTR_MASKING",
                "v_irq_tpr | 0x100010f | V_TPR 15, V_IRQ, V_INTR_MASKING",
                "intinfo | 0 | not valid",
                "intinfo | 0x80000306 | vector 6, exception, V",
                "intinfo | 0x200080000b0e | vector 14, exception, EV, V, error code 0x2000",
                "vmx_intinfo | 0x80000b0e | vector 14, hardware exception, error code, valid",
                "vmx_intinfo | 0x800000ef | vector 239, external interrupt, valid",
                "ioio_info1 | 0x03f80010 | OUT, SZ8, port 0x3f8 (COM1)",
                "ioio_info1 | 0x12340021 | IN, SZ16, port 0x1234",
                "npf_info1 | 0x100000006 | W, U, GPA",
                "msr_info1 | 0 | RDMSR",
                "msr_info1 | 1 | WRMSR",
                "cr_access_qual | 0x10030 | CR 0, LMSW, LMSW source 0x1",
                "cr_access_qual | 0 | CR 0, MOV to CR",
                "io_qual | 0x700000 | 1 byte, OUT, port 0x70 (RTC)",
                "io_qual | 0xcfc000b | 4 bytes, IN, port 0xcfc (PCI configuration data)",
                "ept_qual | 0x181 | data read, linear address valid, final translation",
                "task_switch_qual | 0x80000028 | TSS selector 0x28, JMP",
                "apic_access_qual | 0x1300 | offset 0x300, linear write",
                "invalid_state_qual | 2 | loading the PDPTEs",
                "vmx_exit_reason | 0x80000021 | basic reason 33, VM-entry failure",
                "page_fault_error | 0x2 | W",
                "selector_error | 0x10 | index 2",
                "pat | 0x0007010600070106 | PA0 WB, PA1 WC, PA2 UC-, PA3 UC, PA4 WB, PA5 WC, PA6 UC-, PA7 UC",
                "pat | 0x0007040600070406 | PA0 WB, PA1 WT, PA2 UC-, PA3 UC, PA4 WB, PA5 WT, PA6 UC-, PA7 UC",
                "pbased | 0 | ''",
                "esr | 0x92000007 | ISS 0x7, IL, EC data abort",
                "esr | 0x5a000000 | IL, EC HVC",
                "guest_interruptibility | 9 | blocking by STI, blocking by NMI",
                "inst2_intercept | 0xd7d | VMRUN, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, ICEBP, MONITOR, MWAIT"
            })
    void summaries(String word, String value, String summary) {
        String id = word.equals("pbased") ? "pinbased_ctls" : word;
        String expected = summary.equals("''") ? "none" : summary;
        assertThat(decode(id, Long.decode(value)).summary()).isEqualTo(expected);
    }

    @Test
    void interruptsThatAreOffAreWorthAWord() {
        assertThat(decode("rflags", 0x40193).parts())
                .filteredOn(p -> p.name().equals("IF"))
                .containsExactly(new Part("9", "IF", 0, "interrupts are off", true));
        assertThat(decode("rflags", 0x202).parts()).containsExactly(new Part("9", "IF", 1, "interrupts are on", true));
    }

    @Test
    void aFlagThatIsOffIsNotHad() {
        Decoded rflags = decode("rflags", 0x40193);

        assertThat(rflags.has("TF")).isTrue();
        assertThat(rflags.has("IF")).isFalse();
        assertThat(rflags.has("ZF")).isFalse();
    }

    @Test
    void aBusLockIsReportedByAClearBit() {
        assertThat(decode("dr6", 0xffff07f0L).parts())
                .extracting(Part::bits, Part::name, Part::value)
                .containsExactly(tuple("11", "BLD", 0L));
        assertThat(decode("dr6", 0).parts())
                .as("a register that was never stored")
                .isEmpty();
    }

    @Test
    void neighbouringUnnamedBitsAreOnePart() {
        assertThat(decode("rflags", 0x5c00002L).parts())
                .filteredOn(p -> !p.known())
                .extracting(Part::bits, Part::value)
                .containsExactly(tuple("24:22", 7L), tuple("26", 1L));
    }

    @Test
    void reservedControlsThatReadAsOneAreNamedButNoNews() {
        Decoded controls = decode("pinbased_ctls", 0x3f);

        assertThat(controls.summary()).isEqualTo("external-interrupt exiting, NMI exiting, virtual NMIs");
        assertThat(controls.parts())
                .filteredOn(p -> !p.known())
                .extracting(Part::bits, Part::name)
                .containsExactly(tuple("2:1", "reserved"), tuple("4", "reserved"));
    }

    @Test
    void theMaskOfARegisterHasItsBitsButAMeaningOfItsOwn() {
        Decoded mask = decode("cr0_mask", 0x60000000);

        assertThat(mask.summary()).isEqualTo("NW CD");
        assertThat(mask.word()).isEqualTo("cr0_mask");
        assertThat(mask.parts())
                .hasSize(2)
                .allSatisfy(p -> assertThat(p.meaning()).startsWith("the host owns it"));
    }

    @Test
    void aValueOutsideOfItsEnumerationIsSaidToBe() {
        assertThat(decode("pat", 2).parts().get(0))
                .isEqualTo(new Part("2:0", "PA0", 2, "not a value that the table knows", true));
        assertThat(decode("esr", 0x3fL << 26).summary()).isEqualTo("EC unknown 63");
    }

    @Test
    void wordsThatAreNotInTheTableAreRefused() {
        assertThat(DECODER.word("flags", 1)).isEmpty();
        assertThat(DECODER.word("", 1)).isEmpty();
    }

    @Test
    void theRootOfThePageTablesIsAnAddressAndNoFrameNumber() {
        assertThat(decode("cr3", 0x1ad002).parts())
                .filteredOn(p -> p.name().equals("page-table base"))
                .extracting(Part::value)
                .containsExactly(0x1ad000L);
    }
}
