package org.bhyvescope.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.junit.jupiter.api.Test;

class SnapshotTest {
    private static final VmId VM = new VmId("web0", 7, Instant.EPOCH);

    @Test
    void aRowBelongsToTheActiveVcpuOfItsPlace() {
        Snapshot snapshot = snapshot(CpuSet.of(4, 0), row(11, 100), row(12, 200));

        assertThat(snapshot.rows()).isEqualTo(2);
        assertThat(snapshot.vcpu(0)).isZero();
        assertThat(snapshot.vcpu(1)).isEqualTo(4);
        assertThat(snapshot.value(1, 0)).isEqualTo(200);
        assertThat(snapshot.nanos(1)).isEqualTo(12);
    }

    @Test
    void asManyRowsAsActiveVcpusAreNeeded() {
        assertThatIllegalArgumentException().isThrownBy(() -> snapshot(CpuSet.of(0, 1), row(1, 1)));
        assertThatIllegalArgumentException().isThrownBy(() -> snapshot(CpuSet.NONE, row(1, 1)));
    }

    @Test
    void everyCauseHasALabelOfItsOwn() {
        assertThat(Arrays.stream(Reading.Cause.values()).map(Reading.Cause::label))
                .doesNotHaveDuplicates()
                .allMatch(l -> l.matches("[a-z_]+"));
    }

    private static Snapshot.Row row(long nanos, long value) {
        return new Snapshot.Row(nanos, new long[] {value});
    }

    private static Snapshot snapshot(CpuSet active, Snapshot.Row... rows) {
        return new Snapshot(
                VM, 0, 20, active, CpuSet.NONE, Optional.empty(), new StatTable(List.of("total")), List.of(rows));
    }
}
