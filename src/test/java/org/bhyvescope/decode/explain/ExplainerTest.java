package org.bhyvescope.decode.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.decode.explain.Texts.amd;
import static org.bhyvescope.decode.explain.Texts.intel;
import static org.bhyvescope.decode.explain.Texts.stats;

import java.util.OptionalInt;
import org.bhyvescope.dump.CpuSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainerTest {
    private static final String TOTAL = "total number of vm exits";

    @Test
    void aCodeOfZeroOfAVcpuThatHasHadNoExitIsNoExit() {
        Report.Vcpu never = Texts.report(amd("exit_reason[0]\t0") + stats(0, TOTAL, 0))
                .vcpus()
                .get(0);
        Report.Vcpu once = Texts.report(amd("exit_reason[0]\t0") + stats(0, TOTAL, 1))
                .vcpus()
                .get(0);

        assertThat(never.exit()).isNull();
        assertThat(never.fields())
                .filteredOn(f -> f.name().equals("exit_reason"))
                .extracting(Report.Field::summary)
                .containsExactly("no exit yet, so no meaning");
        assertThat(once.exit()).isNotNull().extracting(Report.Exit::name).isEqualTo("VMEXIT_CR0_READ");
    }

    @Test
    void withoutAVendorAnExitCodeHasNoMeaning() {
        Report.Vcpu vcpu = Texts.report("exit_reason[0]\t0x78\n").vcpus().get(0);

        assertThat(vcpu.exit()).isNull();
        assertThat(vcpu.fields()).extracting(Report.Field::summary).containsExactly("vendor not known, so no meaning");
    }

    @ParameterizedTest
    @CsvSource({
        "0x10, 0x0, 0x9b, 0x93, 0x2, REAL, 0",
        "0x11, 0x0, 0x409b, 0x4093, 0x2, PROTECTED, 0",
        "0x80000011, 0x0, 0xc0fb, 0xc0f3, 0x202, PROTECTED_PAGING, 3",
        "0x80000011, 0x0, 0xf3, 0xf3, 0x20202, VIRTUAL_8086, 3",
        "0x80000011, 0x500, 0xc0fb, 0xc0f3, 0x202, COMPATIBILITY, 3",
        "0x80000011, 0x500, 0xa09b, 0x10000, 0x202, LONG, 0",
    })
    void modeAndPrivilegeComeFromCr0EferAndTheSegments(
            String cr0, String efer, String cs, String ss, String flags, String kind, int privilege) {
        Mode mode = Texts.of(intel(
                        "efer[0]\t\t" + wide(efer),
                        "cr0[0]\t\t" + wide(cr0),
                        "rflags[0]\t" + wide(flags),
                        "ss desc[0]\t0x0000000000000000/0x0000ffff/" + narrow(ss),
                        "cs desc[0]\t0x0000000000000000/0x0000ffff/" + narrow(cs)))
                .vcpus()
                .get(0)
                .mode();

        assertThat(mode).isEqualTo(new Mode(Mode.Kind.valueOf(kind), OptionalInt.of(privilege)));
    }

    private static String wide(String hex) {
        return String.format("0x%016x", Long.decode(hex));
    }

    private static String narrow(String hex) {
        return String.format("0x%08x", Long.decode(hex));
    }

    @Test
    void setsAreListedAsRanges() {
        assertThat(VmSection.list(CpuSet.NONE)).isEqualTo("none");
        assertThat(VmSection.list(CpuSet.of(0, 2, 3, 4, 7))).isEqualTo("0, 2-4, 7");
    }

    @Test
    void addressesAreNamedByTheirHalf() {
        Mode mode = new Mode(Mode.Kind.LONG, OptionalInt.of(0));

        assertThat(Address.guestVirtual(0x7fff_ffff_ffffL, mode)).endsWith("lower canonical half");
        assertThat(Address.guestVirtual(0xffff_8000_0000_0000L, mode)).contains("upper canonical half");
        assertThat(Address.guestVirtual(0x8000_0000_0000L, mode)).contains("not canonical");
    }
}
