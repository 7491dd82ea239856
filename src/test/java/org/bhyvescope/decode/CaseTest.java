package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.List;
import org.bhyvescope.decode.ExitCode.By;
import org.bhyvescope.decode.FieldMeaning.Kind;
import org.junit.jupiter.api.Test;

/** The values of the dump called 0x88, which a chatbot read wrongly: what the tables say of each. */
class CaseTest {
    private static final Decoder DECODER = Decoder.load();

    private static Decoded field(String name, long value) {
        FieldMeaning meaning = DECODER.field(name).orElseThrow();
        assertThat(meaning.kind()).isEqualTo(Kind.BITS);
        return DECODER.word(meaning.word(), value).orElseThrow();
    }

    @Test
    void theExitIsIcebpAndNoPortInput() {
        assertThat(DECODER.field("exit_reason").orElseThrow().kind()).isEqualTo(Kind.EXIT_CODE);
        ExitCode exit = DECODER.exit(Vendor.AMD, 0x88);

        assertThat(exit.name()).isEqualTo("VMEXIT_ICEBP");
        assertThat(exit.symbol()).isEqualTo("VMCB_EXIT_ICEBP");
        assertThat(exit.meaning()).contains("INT1", "F1");
        assertThat(DECODER.exit(Vendor.AMD, 0x7b).meaning()).contains("port");
    }

    @Test
    void theKernelQueuesAnInvalidOpcodeForItAndTheGuestGoesOn() {
        ExitCode exit = DECODER.exit(Vendor.AMD, 0x88);

        assertThat(exit.handling(14).orElseThrow().by()).isEqualTo(By.KERNEL_UD);
        assertThat(exit.handling(14).orElseThrow().text()).isEqualTo("a #UD is queued for the guest");
        assertThat(exit.handling(12).orElseThrow().text()).contains("inferred");
    }

    @Test
    void vectorSixIsInvalidOpcodeOnly() {
        assertThat(DECODER.value("exception", 6).orElseThrow().name()).isEqualTo("#UD");
    }

    @Test
    void controlRegistersThatLeaveTheGuestAreAllButTheUsualOnes() {
        assertThat(field("cr_intercept", 0xfee2fee2L).summary())
                .isEqualTo("reads and writes of CR1, CR5-CR7, CR9-CR15");
        assertThat(field("cr_intercept", 0xfee2fee2L).has("CR3 read")).isFalse();
        assertThat(field("cr_intercept", 0xfee2fee2L).has("CR15 write")).isTrue();
    }

    @Test
    void bitEighteenIsMachineCheckAndNotPageFault() {
        for (String name : List.of("exc_intercept", "exception_bitmap")) {
            assertThat(field(name, 0x40000).parts())
                    .extracting(Part::bits, Part::name)
                    .containsExactly(tuple("18", "#MC"));
        }
    }

    @Test
    void theFirstInterceptWord() {
        assertThat(field("inst1_intercept", 0xddc4000fL).parts())
                .extracting(Part::name)
                .containsExactly(
                        "INTR",
                        "NMI",
                        "SMI",
                        "INIT",
                        "CPUID",
                        "INVD",
                        "PAUSE",
                        "HLT",
                        "INVLPGA",
                        "IOIO",
                        "MSR",
                        "FERR_FREEZE",
                        "SHUTDOWN");
    }

    @Test
    void thePatHasNoWriteThroughEntry() {
        Decoded pat = field("guest_pat", 0x0007010600070106L);

        assertThat(pat.summary()).isEqualTo("PA0 WB, PA1 WC, PA2 UC-, PA3 UC, PA4 WB, PA5 WC, PA6 UC-, PA7 UC");
        assertThat(pat.parts()).extracting(Part::meaning).noneMatch(m -> m.startsWith("WT"));
    }

    @Test
    void theAsidIsANumber() {
        assertThat(DECODER.field("asid").orElseThrow().kind()).isEqualTo(Kind.NUMBER);
    }

    @Test
    void interruptsAreOffAndSingleStepIsOn() {
        Decoded rflags = field("rflags", 0x40193);

        assertThat(rflags.summary()).isEqualTo("CF AF SF TF AC");
        assertThat(rflags.parts())
                .extracting(Part::name, Part::value)
                .containsExactly(
                        tuple("CF", 1L),
                        tuple("AF", 1L),
                        tuple("SF", 1L),
                        tuple("TF", 1L),
                        tuple("IF", 0L),
                        tuple("AC", 1L));
    }

    @Test
    void addressesAreSaidToBeWhoseTheyAre() {
        assertThat(DECODER.field("rip").orElseThrow().kind()).isEqualTo(Kind.GUEST_VIRTUAL);
        assertThat(DECODER.field("rsp").orElseThrow().kind()).isEqualTo(Kind.GUEST_VIRTUAL);
        assertThat(DECODER.field("io_bitmap").orElseThrow().kind()).isEqualTo(Kind.HOST_PHYSICAL);
        assertThat(DECODER.field("msr_bitmap").orElseThrow().kind()).isEqualTo(Kind.HOST_PHYSICAL);
        assertThat(DECODER.field("io_bitmap").orElseThrow().meaning()).contains("an address, not the map");
    }

    @Test
    void capabilitiesSayWhatSetsThem() {
        assertThat(DECODER.named("capability", "hlt_exit").orElseThrow().meaning())
                .contains("-H");
        assertThat(DECODER.named("capability", "pause_exit").orElseThrow().meaning())
                .contains("-P");
        assertThat(DECODER.named("capability", "unrestricted_guest")
                        .orElseThrow()
                        .meaning())
                .contains("AMD always set");
        assertThat(DECODER.named("capability", "ipi_exit").orElseThrow().meaning())
                .contains("INIT");
    }
}
