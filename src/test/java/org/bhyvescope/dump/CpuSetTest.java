package org.bhyvescope.dump;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuSetTest {
    @Test
    void membersAreSortedAndDistinct() {
        CpuSet set = CpuSet.of(5, 0, 5, 2);

        assertThat(set.stream()).containsExactly(0, 2, 5);
        assertThat(set.size()).isEqualTo(3);
        assertThat(set.get(2)).isEqualTo(5);
        assertThat(set).hasToString("0, 2, 5").isEqualTo(CpuSet.of(0, 2, 5)).hasSameHashCodeAs(CpuSet.of(0, 2, 5));
    }

    @Test
    void theSetWithoutMembersPrintsAsBhyvectlPrintsIt() {
        assertThat(CpuSet.NONE).hasToString("(none)").isEqualTo(CpuSet.of());
        assertThat(CpuSet.NONE.isEmpty()).isTrue();
        assertThat(CpuSet.of(0).isEmpty()).isFalse();
    }

    @Test
    void aSetContainsItsMembersAndNoOther() {
        CpuSet set = CpuSet.of(1, 3);

        assertThat(set.contains(3)).isTrue();
        assertThat(set.contains(2)).isFalse();
        assertThat(set.containsAll(CpuSet.of(3))).isTrue();
        assertThat(set.containsAll(CpuSet.NONE)).isTrue();
        assertThat(set.containsAll(CpuSet.of(1, 2))).isFalse();
    }
}
