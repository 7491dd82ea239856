package org.bhyvescope.decode;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.bhyvescope.Captures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderValueTest {
    private static final Decoder DECODER = Decoder.load();

    @ParameterizedTest
    @CsvSource({
        "exception, 6, #UD",
        "exception, 13, #GP",
        "exception, 14, #PF",
        "exception, 18, #MC",
        "intinfo_type_amd, 3, exception",
        "intinfo_type_intel, 5, privileged software exception",
        "vm_exitcode, 19, SVM",
        "vm_exitcode, 14, SUSPENDED",
        "vm_exitcode_arm64, 8, SMCCC",
        "suspend_how, 4, TRIPLEFAULT",
        "suspend_how_arm64, 4, DESTROY",
        "exit_status, 0, reset",
        "exit_status, 1, power-off or error",
        "exit_status, 3, triple fault",
        "exit_status, 6, aborted",
        "exit_status, 134, aborted",
        "exit_status, 64, EX_USAGE",
        "exit_status, 71, EX_OSERR",
        "exit_status, 78, EX_CONFIG",
        "pat, 7, UC-",
        "tlb_control, 1, the whole TLB",
        "vmx_instruction_error, 7, VM entry with invalid control fields",
        "capability, 8, ipi_exit",
        "x2apic_state, 0, disabled",
        "esr_class, 0x24, data abort",
        "msr, 0xc0000080, EFER",
        "msr, 0x277, PAT",
        "msr, 0x80b, x2APIC EOI",
        "msr, 0x8ff, x2APIC",
        "ioport, 0x71, RTC",
        "ioport, 0x3fd, COM1",
        "errno, 22, EINVAL",
        "mmio, 0xfee000b0, local APIC",
        "mmio, 0xfed000f0, HPET"
    })
    void namesOfNumbers(String table, String value, String name) {
        NamedValue named = DECODER.value(table, Long.decode(value)).orElseThrow();

        assertThat(named.name()).isEqualTo(name);
        assertThat(named.table()).isEqualTo(table);
        assertThat(named.value()).isEqualTo(Long.decode(value));
        assertThat(named.source()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "exception, 15",
        "exception, 32",
        "exception, -1",
        "vm_exitcode, 26",
        "exit_status, 5",
        "exit_status, 63",
        "exit_status, 79",
        "pat, 2",
        "pat, 3",
        "vmx_instruction_error, 14",
        "vmx_instruction_error, 21",
        "vmx_instruction_error, 27",
        "vmx_instruction_error, 29",
        "msr, 0x900",
        "mmio, 0xfee01000",
        "ioport, 0x80",
        "no such table, 0"
    })
    void numbersThatNoRowHasAreUnknown(String table, String value) {
        assertThat(DECODER.value(table, Long.decode(value))).isEmpty();
    }

    @Test
    void anyNumberIsARowOrUnknown() {
        Random random = new Random(64);
        for (String table : DECODER.tables()) {
            for (int i = 0; i < 1_000; i++) {
                long value = i < 300 ? i : random.nextLong();
                assertThat(DECODER.value(table, value).map(NamedValue::value).orElse(value))
                        .isEqualTo(value);
            }
        }
    }

    @Test
    void aCapabilityIsFoundByTheNameThatBhyvectlPrints() {
        assertThat(DECODER.named("capability", "pause_exit").orElseThrow().value())
                .isEqualTo(2);
        assertThat(DECODER.named("capability", "(null)")).isEmpty();
        assertThat(DECODER.named("no such table", "pause_exit")).isEmpty();
    }

    @Test
    void anAmbiguousExitStatusSaysSo() {
        assertThat(DECODER.value("exit_status", 1).orElseThrow().meaning()).contains("powered off", "usage");
    }

    @Test
    void whatIsNotVerifiedSaysSoInItsMeaning() {
        assertThat(DECODER.value("suspend_how", 5).orElseThrow().meaning()).contains("(not verified");
    }

    @Test
    void linesOfADumpAreKnownByName() {
        FieldMeaning bitmap = DECODER.field("io_bitmap").orElseThrow();

        assertThat(bitmap.kind()).isEqualTo(FieldMeaning.Kind.HOST_PHYSICAL);
        assertThat(bitmap.vendor()).isEqualTo(Vendor.AMD);
        assertThat(bitmap.sensitive()).isTrue();
        assertThat(DECODER.field("fpu_fcw")).isEmpty();
    }

    @Test
    void everyLineOfARealDumpIsKnown() {
        String dump = new String(Captures.bytes("case-0x88/cpu0.get-all.txt"), ISO_8859_1);
        Pattern line = Pattern.compile("(?m)^([a-zA-Z0-9_/ ]+)\\[0]\\t+\\S");
        List<String> names = line.matcher(dump.substring(0, dump.indexOf("rtc nvram")))
                .results()
                .map(m -> m.group(1))
                .filter(name -> !name.startsWith("MSR"))
                .toList();

        assertThat(names).hasSize(73).allMatch(name -> DECODER.field(name).isPresent());
    }
}
