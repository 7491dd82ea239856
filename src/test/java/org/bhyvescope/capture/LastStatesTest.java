package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.junit.jupiter.api.Test;

class LastStatesTest {
    private static final VmId WEB = Snapshots.id("web", 1);

    private final LastStates states = new LastStates();

    private static VcpuState state(VmId vm, int vcpu, long wallMillis, String text) {
        return new VcpuState(vm, vcpu, wallMillis, DumpParser.parse(new byte[0]), Optional.of(text));
    }

    @Test
    void theNewestOfEachVcpuIsKeptByItsText() {
        states.keep(state(WEB, 1, 10, "one"));
        states.keep(state(WEB, 0, 11, "zero\u00e9"));
        states.keep(state(WEB, 1, 12, "one again"));

        assertThat(states.of(WEB))
                .containsExactly(new LastStates.Kept(0, "zero\u00e9", 11), new LastStates.Kept(1, "one again", 12));
        assertThat(states.of(Snapshots.id("web", 2)))
                .as("another VM of that name")
                .isEmpty();
    }

    @Test
    void oneThatWasReadWithoutBhyvectlIsWrittenAsBhyvectlWould() {
        VcpuState printed = Dumps.state(WEB, 0, 0x400, 5);
        states.keep(new VcpuState(WEB, 0, 5, printed.dump(), Optional.empty()));

        String text = states.of(WEB).get(0).text();

        assertThat(DumpParser.parse(text.getBytes(ISO_8859_1))
                        .vcpu(0)
                        .orElseThrow()
                        .values())
                .isNotEmpty()
                .isEqualTo(printed.ofVcpu().values());
    }

    @Test
    void theVmThatWasReadLongestAgoMakesRoom() {
        Random random = new Random(7);
        for (int vm = 0; vm < 40; vm++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 300_000; i++) {
                text.append((char) random.nextInt(256));
            }
            states.keep(state(Snapshots.id("vm" + vm, 1), 0, vm, text.toString()));
        }
        assertThat(states.of(Snapshots.id("vm39", 1))).hasSize(1);
        assertThat(states.of(Snapshots.id("vm0", 1))).isEmpty();
        long kept = IntStream.range(0, 40)
                .filter(vm -> !states.of(Snapshots.id("vm" + vm, 1)).isEmpty())
                .count();
        assertThat(kept).isBetween(10L, LastStates.MAX_BYTES / 300_000L);
    }
}
