package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class IommuTest {
    private final FakeVmm fake = FakeVmm.fresh();

    @TempDir
    Path dir = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "1,, , ,IN_USE",
        "1,0,0,2,IN_USE",
        "0,1, , ,ALLOWED",
        "0,1,0,0,ALLOWED",
        "0,1,1,2,ALLOWED",
        "0,1, ,2,ALLOWED",
        "0,0, , ,FORBIDDEN",
        ",0, , ,FORBIDDEN",
        "0,1,0,2,FORBIDDEN",
        "0,,0,1,FORBIDDEN",
        "0,, , ,UNKNOWN",
        ",1, , ,UNKNOWN",
        ",, , ,UNKNOWN"
    })
    void beingUnusedIsNotBeingForbidden(Long initialized, Long enabled, Long amdvi, Long units, Iommu.Verdict verdict) {
        Iommu iommu =
                new Iommu(number(initialized), number(enabled), number(amdvi), number(units), OptionalLong.empty());

        assertThat(iommu.verdict()).isEqualTo(verdict);
    }

    @Test
    void theVerdictIsForAPerson() {
        assertThat(Iommu.Verdict.ALLOWED.text())
                .isEqualTo("allowed, not yet used: initialised with the first passthrough VM");
        assertThat(Iommu.NONE.verdict().text()).isEqualTo("unknown");
    }

    @Test
    void itIsReadAnewEachTime() {
        fake.tell("sysctl hw.vmm.iommu.initialized int 0");
        assertThat(Iommu.read().verdict()).isEqualTo(Iommu.Verdict.ALLOWED);

        fake.tell("sysctl hw.vmm.iommu.initialized int 1");
        assertThat(Iommu.read().verdict()).isEqualTo(Iommu.Verdict.IN_USE);
    }

    @Test
    void unitsAreCountedAndTheirEventsSummed() {
        fake.tell("sysctl hw.vmm.amdvi.count none");
        assertThat(Iommu.read().amdviUnits()).isEmpty();
        assertThat(Iommu.read().amdviEvents()).isEmpty();

        fake.tell("sysctl dev.ivhd.0.event_intr_count long 12", "sysctl dev.ivhd.3.event_intr_count long 30");
        assertThat(Iommu.read().amdviUnits()).hasValue(2);
        assertThat(Iommu.read().amdviEvents()).hasValue(42);

        fake.tell("sysctl hw.vmm.amdvi.count int 4", "sysctl hw.vmm.amdvi.enable int 1");
        assertThat(Iommu.read())
                .isEqualTo(new Iommu(
                        OptionalLong.of(1),
                        OptionalLong.of(1),
                        OptionalLong.of(1),
                        OptionalLong.of(4),
                        OptionalLong.of(42)));
    }

    @Test
    void aProgramTellsTheSameWhereItCannotBeCalled() throws Exception {
        try (Children children = Scripts.quickChildren()) {
            Path sysctl = Scripts.write(dir.resolve("sysctl"), """
                    echo 'hw.vmm.iommu.initialized: 0'
                    echo 'hw.vmm.iommu.enable: 1'
                    echo 'hw.vmm.amdvi.enable: 0'
                    echo 'hw.vmm.amdvi.count: 1'
                    """);
            Sysctl program = new Sysctl(sysctl, children, () -> HostFacts.NONE);
            assertThat(program.iommu().verdict()).isEqualTo(Iommu.Verdict.FORBIDDEN);

            assertThat(new Sysctl(dir.resolve("absent"), children, () -> HostFacts.NONE).iommu())
                    .isEqualTo(Iommu.NONE);
            assertThat(new Sysctl(dir.resolve("absent"), children).iommu().verdict())
                    .as("called")
                    .isEqualTo(Iommu.Verdict.IN_USE);
        }
    }

    private static OptionalLong number(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
