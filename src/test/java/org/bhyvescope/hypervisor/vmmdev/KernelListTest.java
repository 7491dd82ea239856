package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelListTest {
    @Test
    void theTableHasTheKernelsOrder() {
        KernelList list = KernelList.of(List.of("b", "a", "c"));
        long[] values = {1, 2, 3};

        assertThat(list.table().names()).containsExactly("b", "a", "c");
        assertThat(list.columns(values)).isSameAs(values);
    }

    @Test
    void aDescriptionThatIsRepeatedOrEmptyHasNoColumn() {
        KernelList list = KernelList.of(List.of("a", "b ", "", "a", "c", "b"));

        assertThat(list.count()).isEqualTo(6);
        assertThat(list.table().names()).containsExactly("a", "b", "c");
        assertThat(list.columns(new long[] {1, 2, 3, 4, 5, 6})).containsExactly(1, 2, 5);
    }

    @Test
    void listsAreEqualIfTheirColumnsAre() {
        assertThat(KernelList.of(List.of("a", "b"))).isEqualTo(KernelList.of(List.of("a", "b")));
        assertThat(KernelList.of(List.of("a", "b"))).isNotEqualTo(KernelList.of(List.of("b", "a")));
        assertThat(KernelList.of(List.of("a", "b", "a"))).isNotEqualTo(KernelList.of(List.of("a", "a", "b")));
    }
}
