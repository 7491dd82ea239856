package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final RateLimit limit = new RateLimit();

    @Test
    void theSameOfOneVmIsKeptOnceInFiveMinutes() {
        assertThat(limit.allows("a", Trigger.STALL, 0)).isTrue();
        assertThat(limit.allows("a", Trigger.STALL, RateLimit.SAME_NANOS - 1)).isFalse();
        assertThat(limit.allows("a", Trigger.VM_ENDED, 1)).isTrue();
        assertThat(limit.allows("b", Trigger.STALL, 1)).isTrue();
        assertThat(limit.allows("a", Trigger.STALL, RateLimit.SAME_NANOS)).isTrue();
    }

    @Test
    void aThousandAMinuteLeaveTenInTenMinutes() {
        int kept = 0;
        for (int i = 0; i < 1000; i++) {
            kept += limit.allows("vm" + i, Trigger.EXIT_STORM, TimeUnit.MILLISECONDS.toNanos(60L * i)) ? 1 : 0;
        }
        assertThat(kept).isEqualTo(RateLimit.IN_WINDOW);
        assertThat(limit.allows("late", Trigger.STALL, RateLimit.WINDOW_NANOS)).isTrue();
    }
}
