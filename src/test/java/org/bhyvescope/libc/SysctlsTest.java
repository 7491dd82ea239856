package org.bhyvescope.libc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SysctlsTest {
    private final FakeVmm fake = FakeVmm.fresh();

    @Test
    void numbersOfFourAndOfEightBytesAreRead() {
        fake.tell(
                "sysctl machdep.tsc_freq long 5000000000",
                "sysctl kern.hz int 100",
                "sysctl hw.vmm.ppt.devices int -1");

        assertThat(Sysctls.number(Sysctls.Name.TSC_FREQUENCY)).hasValue(5_000_000_000L);
        assertThat(Sysctls.number(Sysctls.Name.HZ)).hasValue(100);
        assertThat(Sysctls.number(Sysctls.Name.PPT_DEVICES)).hasValue(-1);
    }

    @Test
    void aTextEndsAtItsZero() {
        fake.tell("sysctl hw.model text AMD EPYC 7302P");

        assertThat(Sysctls.text(Sysctls.Name.MODEL)).contains("AMD EPYC 7302P");
    }

    @Test
    void whatIsNotThereOrIsNoNumberIsEmpty() {
        fake.tell("sysctl hw.vmm.maxcpu none", "sysctl kern.hz text a hundred");

        assertThat(Sysctls.number(Sysctls.Name.MAX_VCPUS)).isEmpty();
        assertThat(Sysctls.number(Sysctls.Name.HZ)).isEmpty();
        assertThat(Sysctls.text(Sysctls.Name.MAX_VCPUS)).isEmpty();
    }

    @Test
    void noneIsEverWritten() {
        for (Sysctls.Name name : Sysctls.Name.values()) {
            assertThat(Sysctls.number(name).isPresent() || Sysctls.text(name).isPresent())
                    .as(name.text())
                    .isTrue();
        }
        assertThat(fake.count("violations")).isZero();
        assertThat(Arrays.stream(Sysctls.Name.values()).map(Sysctls.Name::text))
                .doesNotContain("hw.vmm.create", "hw.vmm.destroy");
    }
}
