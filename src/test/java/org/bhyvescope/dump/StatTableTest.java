package org.bhyvescope.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StatTableTest {
    @Test
    void aDescriptionTwiceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StatTable(List.of("a", "b", "a")))
                .withMessageContaining("a");
    }

    @Test
    void columnsAreFoundByDescription() {
        StatTable table = new StatTable(List.of("a", "b"));

        assertThat(table.column("b")).isEqualTo(1);
        assertThat(table.column("c")).isEqualTo(-1);
        assertThat(table.name(1)).isEqualTo("b");
    }

    @Test
    void tablesAreEqualByDescriptionsInOrder() {
        assertThat(new StatTable(List.of("a", "b")))
                .isEqualTo(new StatTable(List.of("a", "b")))
                .hasSameHashCodeAs(new StatTable(List.of("a", "b")))
                .isNotEqualTo(new StatTable(List.of("b", "a")));
    }

    @Test
    void valuesAreAlignedToAnyOrderOfTheSameDescriptions() {
        StatBlock block = DumpFixtures.block(DumpFixtures.INTEL_12);
        List<String> names = new ArrayList<>(block.table().names());
        Collections.reverse(names);
        StatTable reversed = new StatTable(names);

        assertThat(block.valuesIn(reversed))
                .containsExactly(IntStream.range(0, 56)
                        .mapToLong(i -> block.value(55 - i))
                        .toArray());
    }

    @Test
    void valuesAreNotAlignedToOtherDescriptions() {
        StatBlock block = new StatBlock(0, new StatTable(List.of("a", "b")), new long[] {1, 2});

        assertThat(block.valuesIn(new StatTable(List.of("a", "c")))).isNull();
        assertThat(block.valuesIn(new StatTable(List.of("a")))).isNull();
        assertThat(block.valuesIn(new StatTable(List.of("a", "b", "c")))).isNull();
    }

    @Test
    void alignedValuesAreACopy() {
        StatBlock block = new StatBlock(0, new StatTable(List.of("a")), new long[] {1});
        long[] copy = block.valuesIn(block.table());

        assertThat(copy).containsExactly(1);
        if (copy != null) {
            copy[0] = 9;
        }

        assertThat(block.value(0)).isEqualTo(1);
    }
}
