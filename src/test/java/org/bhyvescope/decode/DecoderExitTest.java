package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.bhyvescope.decode.ExitCode.By;
import org.bhyvescope.decode.ExitCode.Handling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderExitTest {
    private static final Decoder DECODER = Decoder.load();

    /** The manual's names from 0x60 on, kept apart from the table. */
    private static final String AMD_FROM_60 = """
            INTR NMI SMI INIT VINTR CR0_SEL_WRITE IDTR_READ GDTR_READ LDTR_READ TR_READ IDTR_WRITE GDTR_WRITE LDTR_WRITE
            TR_WRITE RDTSC RDPMC PUSHF POPF CPUID RSM IRET SWINT INVD PAUSE HLT INVLPG INVLPGA IOIO MSR TASK_SWITCH
            FERR_FREEZE SHUTDOWN VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT RDTSCP ICEBP WBINVD MONITOR MWAIT
            MWAIT_CONDITIONAL XSETBV RDPRU EFER_WRITE_TRAP""";

    private static Map<Long, String> amd() {
        Map<Long, String> names = new HashMap<>();
        for (int n = 0; n < 16; n++) {
            names.put(0x00L + n, "VMEXIT_CR" + n + "_READ");
            names.put(0x10L + n, "VMEXIT_CR" + n + "_WRITE");
            names.put(0x20L + n, "VMEXIT_DR" + n + "_READ");
            names.put(0x30L + n, "VMEXIT_DR" + n + "_WRITE");
            names.put(0x90L + n, "VMEXIT_CR" + n + "_WRITE_TRAP");
        }
        for (int n = 0; n < 32; n++) {
            names.put(0x40L + n, "VMEXIT_EXCP" + n);
        }
        long code = 0x60;
        for (String name : AMD_FROM_60.split("\\s+", -1)) {
            names.put(code++, "VMEXIT_" + name);
        }
        assertThat(code).isEqualTo(0x90);
        code = 0xa0;
        for (String name :
                new String[] {"INVLPGB", "INVLPGB_ILLEGAL", "INVPCID", "MCOMMIT", "TLBSYNC", "BUSLOCK", "IDLE_HLT"}) {
            names.put(code++, "VMEXIT_" + name);
        }
        code = 0x400;
        for (String name : new String[] {"NPF", "AVIC_INCOMPLETE_IPI", "AVIC_NOACCEL", "VMGEXIT"}) {
            names.put(code++, "VMEXIT_" + name);
        }
        code = -1;
        for (String name : new String[] {"INVALID", "BUSY", "IDLE_REQUIRED", "INVALID_PMC"}) {
            names.put(code--, "VMEXIT_" + name);
        }
        return names;
    }

    private static LongStream probes() {
        Random random = new Random(20200915);
        return LongStream.concat(
                LongStream.concat(LongStream.rangeClosed(0, 0x500), LongStream.rangeClosed(-4, -1)),
                random.longs(100_000));
    }

    @Test
    void everyAmdCodeOfTheManualHasItsNameAndNoOtherHasOne() {
        Map<Long, String> names = amd();
        assertThat(names).hasSize(0xa7 + 4 + 4);

        probes().forEach(code -> {
            ExitCode exit = DECODER.exit(Vendor.AMD, code);
            boolean software = code >= 0xf0000000L && code <= 0xf000ffffL;
            assertThat(exit.name())
                    .as(Long.toHexString(code))
                    .isEqualTo(software ? "reserved for host software" : names.getOrDefault(code, "unknown"));
            assertThat(exit.known()).isEqualTo(software || names.containsKey(code));
            assertThat(exit.raw()).isEqualTo(code);
            assertThat(exit.code()).isEqualTo(code);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0xf0000000L, 0xf0001234L, 0xf000ffffL})
    void theCodesOfHostSoftwareAreSaidToBeReservedForIt(long code) {
        ExitCode exit = DECODER.exit(Vendor.AMD, code);

        assertThat(exit.name()).isEqualTo("reserved for host software");
        assertThat(exit.handling()).isEmpty();
    }

    @Test
    void everyIntelReasonOfTheManualIsKnownAndNoOther() {
        probes().forEach(raw -> {
            long basic = raw & 0xffff;
            boolean named = (basic <= 81 && basic != 35 && basic != 38 && basic != 42) || basic == 84 || basic == 85;
            ExitCode exit = DECODER.exit(Vendor.INTEL, raw);
            assertThat(exit.known()).as(Long.toHexString(raw)).isEqualTo(named && raw >>> 32 == 0);
            assertThat(exit.raw()).isEqualTo(raw);
        });
    }

    @Test
    void theFlagsOfAnIntelReasonAreEachThereOnce() {
        Random random = new Random(31);
        for (int i = 0; i < 10_000; i++) {
            long raw = (random.nextInt() & 0xffff0000L) | random.nextInt(35);
            ExitCode exit = DECODER.exit(Vendor.INTEL, raw);
            long flags = exit.flags().stream()
                    .mapToLong(p -> p.value() << Integer.parseInt(p.bits().replaceAll(".*:", "")))
                    .sum();
            assertThat(flags).as(Long.toHexString(raw)).isEqualTo(raw & 0xffff0000L);
            assertThat(exit.code()).isEqualTo(raw & 0xffff);
        }
    }

    @Test
    void anEntryFailureSaysSoInItsFlags() {
        ExitCode exit = DECODER.exit(Vendor.INTEL, 0x80000021L);

        assertThat(exit.code()).isEqualTo(33);
        assertThat(exit.name()).isEqualTo("VM-entry failure due to invalid guest state");
        assertThat(exit.flags()).extracting(Part::name, Part::known).containsExactly(tuple("VM-entry failure", true));
        assertThat(exit.info1()).isEqualTo("invalid_state_qual");
    }

    @Test
    void reservedFlagsAreNamedAsReserved() {
        assertThat(DECODER.exit(Vendor.INTEL, 0x40010001L).flags())
                .extracting(Part::bits, Part::name, Part::known)
                .containsExactly(tuple("16", "reserved", false), tuple("30", "reserved", false));
    }

    @ParameterizedTest
    @ValueSource(longs = {35, 38, 42})
    void aReasonThatIntelDoesNotUseIsUnknownAndSaysWhy(long raw) {
        ExitCode exit = DECODER.exit(Vendor.INTEL, raw);

        assertThat(exit.known()).isFalse();
        assertThat(exit.name()).isEqualTo("unknown");
        assertThat(exit.meaning()).isEqualTo("The manual does not use this basic reason.");
        assertThat(exit.source()).isEqualTo("SDM vol. 3 app. C");
    }

    @Test
    void whatAFailedLaunchLeavesIsNoExitReason() {
        assertThat(DECODER.exit(Vendor.INTEL, 0xffffffffL).known()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {78, 79, 80, 81, 84, 85, 71})
    void whatNobodyCouldVouchForSaysSo(long raw) {
        assertThat(DECODER.exit(Vendor.INTEL, raw).doubt()).startsWith("not verified");
    }

    @ParameterizedTest
    @EnumSource(
            value = Vendor.class,
            names = {"ARM64", "RISCV", "UNKNOWN"})
    void otherVendorsHaveNoExitCodes(Vendor vendor) {
        assertThat(DECODER.exit(vendor, 0x60).known()).isFalse();
    }

    @Test
    void anUnknownCodeClaimsNothing() {
        ExitCode exit = DECODER.exit(Vendor.AMD, 0x407);

        assertThat(exit).isEqualTo(ExitRow.unknown(Vendor.AMD, 0x407, 0x407, "", ""));
        assertThat(exit.handling(14)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "AMD, 0x88, 12, NOT_INTERCEPTED, ''",
        "AMD, 0x88, 13, UNKNOWN, ''",
        "AMD, 0x88, 14, KERNEL_UD, ''",
        "AMD, 0x88, 15, KERNEL_UD, ''",
        "AMD, 0x7f, 12, ABORT, number of vm exits for unknown reason",
        "AMD, 0x7f, 14, KERNEL_UD, ''",
        "AMD, 0x52, 12, KERNEL, number of vm exits due to exceptions",
        "AMD, 0x52, 14, UNKNOWN, number of vm exits due to exceptions",
        "AMD, 0x52, 15, ABORT, number of vm exits due to exceptions",
        "AMD, 0x60, 14, KERNEL, vm exits due to external interrupt",
        "AMD, 0x64, 14, KERNEL, VM exits due to interrupt window",
        "AMD, 0x77, 14, USERSPACE, number of times pause was intercepted",
        "AMD, 0x78, 12, KERNEL, number of times hlt was intercepted",
        "AMD, 0x7b, 14, USUALLY, number of times in/out was intercepted",
        "AMD, 0x01, 14, ABORT, number of vm exits for unknown reason",
        "AMD, 0x00, 14, NOT_INTERCEPTED, ''",
        "AMD, 0x81, 14, NOT_INTERCEPTED, ''",
        "AMD, 0x8b, 12, KERNEL_UD, ''",
        "INTEL, 2, 12, ABORT, number of vm exits for unknown reason",
        "INTEL, 2, 15, ABORT, number of vm exits for unknown reason",
        "INTEL, 1, 14, KERNEL, vm exits due to external interrupt",
        "INTEL, 13, 12, ABORT, number of vm exits for unknown reason",
        "INTEL, 13, 14, KERNEL, ''",
        "INTEL, 18, 14, KERNEL_UD, ''",
        "INTEL, 37, 14, USERSPACE, number of monitor trap exits",
        "INTEL, 49, 14, ABORT, number of vm exits for unknown reason",
        "INTEL, 66, 14, UNKNOWN, ''"
    })
    void whatFreebsdDoesWithIt(Vendor vendor, String code, int release, By by, String statistic) {
        Handling handling =
                DECODER.exit(vendor, Long.decode(code)).handling(release).orElseThrow();

        assertThat(handling.by()).isEqualTo(by);
        assertThat(handling.statistic()).isEqualTo(statistic);
    }

    @Test
    void anExitThatOneOfTwoStatisticsCountsNamesBoth() {
        assertThat(DECODER.exit(Vendor.AMD, 0x400).handling(14).orElseThrow().statistics())
                .containsExactly("vm exits due to nested page fault", "vm exits for instruction emulation");
        assertThat(DECODER.exit(Vendor.AMD, 0x88).handling(14).orElseThrow().statistics())
                .isEmpty();
    }

    @Test
    void aPageFaultIsNamedAndItsInformationDecoded() {
        ExitCode exit = DECODER.exit(Vendor.AMD, 0x4e);

        assertThat(exit.name()).isEqualTo("VMEXIT_EXCP14");
        assertThat(exit.meaning()).contains("#PF", "page fault");
        assertThat(exit.info1()).isEqualTo("page_fault_error");
        assertThat(exit.infoText()).contains("CR2");
    }

    @Test
    void theNumberOfARegisterIsInTheTextToo() {
        assertThat(DECODER.exit(Vendor.AMD, 0x13).meaning()).isEqualTo("The guest wrote control register CR3.");
        assertThat(DECODER.exit(Vendor.AMD, 0x2f).meaning()).isEqualTo("The guest read debug register DR15.");
    }
}
