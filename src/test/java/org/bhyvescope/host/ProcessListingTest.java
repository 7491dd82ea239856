package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProcessListingTest {
    private static BhyveProcess process(String vm, int pid) {
        return new BhyveProcess(
                new BhyveProcess.Id(pid, 1),
                vm,
                1,
                0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(),
                List.of());
    }

    @Test
    void processesOfVmsThatAreNotWantedAreLeftOut() {
        ProcessListing.Listed all = new ProcessListing.Listed(List.of(process("web", 10), process("test1", 11)), false);
        assertThat(all.only(vm -> !vm.startsWith("test")))
                .isEqualTo(new ProcessListing.Listed(List.of(process("web", 10)), false));
    }
}
