package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class SysctlTest {
    private static final HostFacts NOTHING = HostFacts.NONE;

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void allFactsAreReadByOneProcess() throws Exception {
        HostFacts facts = facts("echo \"$*\" >>" + dir + "/argv\n"
                + "echo 'machdep.tsc_freq: 2994374412'\necho 'kern.hz: 100'\necho 'kern.osreldate: 1403000'\n");

        assertThat(facts)
                .isEqualTo(new HostFacts(OptionalLong.of(2994374412L), OptionalLong.of(100), OptionalLong.of(1403000)));
        assertThat(Scripts.read(dir.resolve("argv")))
                .startsWith("-i machdep.tsc_freq kern.hz kern.osreldate hw.vmm.maxcpu ");
        assertThat(children.starts()).isEqualTo(1);
    }

    @Test
    void whatTheKernelDoesNotHaveIsEmptyAndTheRestIsRead() throws Exception {
        HostFacts facts = facts("echo \"sysctl: unknown oid 'machdep.tsc_freq'\" >&2\necho 'kern.hz: 1000'\nexit 1\n");

        assertThat(facts).isEqualTo(new HostFacts(OptionalLong.empty(), OptionalLong.of(1000), OptionalLong.empty()));
    }

    @Test
    void withoutSysctlNothingIsKnown() throws Exception {
        assertThat(new Sysctl(dir.resolve("absent"), children, () -> NOTHING).facts())
                .isEqualTo(NOTHING);
        assertThat(facts("exit 0\n")).isEqualTo(NOTHING);
    }

    @Test
    void aSysctlThatHangsIsGivenUp() throws Exception {
        long begun = System.nanoTime();

        assertThat(facts("echo 'kern.hz: 1000'\nexec /bin/sleep 1000\n")).isEqualTo(NOTHING);
        assertThat(System.nanoTime() - begun).isLessThan(Scripts.PATIENCE.toNanos());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kern.hz: 0",
                "kern.hz: -1",
                "kern.hz: ",
                "kern.hz:1000",
                "kern.hz: 1000000000000000000",
                "kern.hz: 1e3",
                "kern.hz: 1000 Hz",
                "kern.hz: 0x3e8",
                "kern_hz: 1000",
                "xkern.hz: 1000",
                "kern.hzz: 1000",
                "1000",
                "kern.hz=1000"
            })
    void whatIsNotAPositiveNumberUnderItsNameIsEmpty(String line) {
        assertThat(Sysctl.parse(line + "\n")).isEqualTo(NOTHING);
    }

    @Test
    void eighteenDigitsAreRead() {
        assertThat(Sysctl.parse("machdep.tsc_freq: 999999999999999999\n").tscHz())
                .hasValue(999_999_999_999_999_999L);
        assertThat(Sysctl.parse("machdep.tsc_freq: 1\n").tscHz()).hasValue(1);
    }

    @Test
    void linesMayComeInAnyOrderAndTheLastWithoutNewline() {
        assertThat(Sysctl.parse("kern.osreldate: 1500000\nother: 5\nkern.hz: 1000\nmachdep.tsc_freq: 7"))
                .isEqualTo(new HostFacts(OptionalLong.of(7), OptionalLong.of(1000), OptionalLong.of(1500000)));
    }

    private HostFacts facts(String body) throws InterruptedException {
        return new Sysctl(Scripts.write(dir.resolve("sysctl"), body), children, () -> NOTHING).facts();
    }

    @Test
    void theMachineIsRead() {
        Machine machine = Sysctl.parse("""
                hw.vmm.maxcpu: 64
                hw.vmm.iommu.initialized: 0
                hw.vmm.iommu.enable: 1
                hw.vmm.ppt.devices: 2
                hw.vmm.vmx.initialized: 0
                hw.model: AMD Ryzen 9 5950X 16-Core Processor: boxed
                """).machine();

        assertThat(machine)
                .isEqualTo(new Machine(
                        Optional.of("AMD Ryzen 9 5950X 16-Core Processor: boxed"),
                        OptionalLong.of(0),
                        OptionalLong.of(64),
                        OptionalLong.of(0),
                        OptionalLong.of(1),
                        OptionalLong.of(2)));
    }

    @Test
    void whatWasCalledNeedsNoProcess() throws Exception {
        HostFacts called = new HostFacts(OptionalLong.of(1), OptionalLong.of(2), OptionalLong.of(3));

        assertThat(new Sysctl(dir.resolve("absent"), children, () -> called).facts())
                .isEqualTo(called);
        assertThat(children.starts()).isZero();
    }
}
