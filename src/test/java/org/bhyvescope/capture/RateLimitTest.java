package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final RateLimit limit = new RateLimit();

    @Test
    void theSameOfOneVmIsKeptOnceInFiveMinutes() {
        assertThat(limit.allows("a", Trigger.STALL, false, 0)).isTrue();
        assertThat(limit.allows("a", Trigger.STALL, false, RateLimit.SAME_NANOS - 1))
                .isFalse();
        assertThat(limit.allows("a", Trigger.VM_ENDED, false, 1)).isTrue();
        assertThat(limit.allows("b", Trigger.STALL, false, 1)).isTrue();
        assertThat(limit.allows("a", Trigger.STALL, false, RateLimit.SAME_NANOS))
                .isTrue();
    }

    @Test
    void everydayLifeLeavesRoomForWhatIsNot() {
        for (int i = 0; i < 20; i++) {
            limit.allows("vm" + i, Trigger.VM_ENDED, true, 0);
        }
        assertThat(limit.allows("crash", Trigger.VM_ENDED, false, 0)).isTrue();
        assertThat(limit.allows("more", Trigger.VM_ENDED, true, 0)).isFalse();
    }

    @Test
    void whatWasKeptTogetherWithAnotherCountsAsKept() {
        limit.kept("a", Trigger.VM_ENDED, 0);
        assertThat(limit.allows("a", Trigger.VM_ENDED, false, 1)).isFalse();
    }

    @Test
    void aThousandAMinuteLeaveTenInTenMinutes() {
        int kept = 0;
        for (int i = 0; i < 1000; i++) {
            kept += limit.allows("vm" + i, Trigger.EXIT_STORM, false, TimeUnit.MILLISECONDS.toNanos(60L * i)) ? 1 : 0;
        }
        assertThat(kept).isEqualTo(RateLimit.IN_WINDOW);
        assertThat(limit.allows("late", Trigger.STALL, false, RateLimit.WINDOW_NANOS))
                .isTrue();
    }
}
