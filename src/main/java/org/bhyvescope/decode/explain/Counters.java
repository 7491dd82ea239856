package org.bhyvescope.decode.explain;

import java.util.OptionalLong;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.Statistic;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.StatBlock;

/** The statistics of one vCPU by what they mean. Shares are of all its exits, 0 where there were none. */
final class Counters {
    private final StatBlock block;
    private final StatPlan plan;

    Counters(StatBlock block, StatisticsTable statistics) {
        this.block = block;
        this.plan = StatPlan.of(block.table(), statistics);
    }

    StatPlan plan() {
        return plan;
    }

    StatBlock block() {
        return block;
    }

    /** All VM exits; empty where the text has no such line. */
    OptionalLong total() {
        return plan.totalColumn() < 0 ? OptionalLong.empty() : OptionalLong.of(block.value(plan.totalColumn()));
    }

    /** Exits by a hardware reason ({@code hlt}, {@code instruction_emulation}); empty where it is not counted. */
    OptionalLong reason(String label) {
        return sum(Statistic.EXIT_REASONS, label);
    }

    /** Returns by a software cause ({@code userspace}); empty where it is not counted. */
    OptionalLong returns(String cause) {
        return sum("bhyve_vcpu_returns_total", cause);
    }

    /** Interrupts that the timer of the emulated local APIC made; empty where it is not counted. */
    OptionalLong vlapicTimer() {
        return sum("bhyve_vcpu_vlapic_interrupts_total", "timer");
    }

    /** A reason's share of all exits. */
    double share(String reason) {
        return share(reason(reason).orElse(0));
    }

    double share(long count) {
        double total = unsigned(total().orElse(0));
        return total == 0 ? 0 : unsigned(count) / total;
    }

    /** Exits that none of the reasons counts, not below 0; empty where ordinary exits have no counter, as on Intel. */
    OptionalLong unaccounted() {
        if (!plan.accountsForAll() || total().isEmpty()) {
            return OptionalLong.empty();
        }
        long rest = total().getAsLong();
        for (StatPlan.Series reason : plan.reasons()) {
            rest -= sum(reason);
        }
        return OptionalLong.of(Math.max(0, rest));
    }

    /** Whether every counter is 0. */
    boolean isAllZero() {
        for (int i = 0; i < block.table().size(); i++) {
            if (block.value(i) != 0 && plan.isCounter(i)) {
                return false;
            }
        }
        return true;
    }

    private OptionalLong sum(String metric, String label) {
        return plan.series().stream()
                .filter(s -> s.counted()
                        && s.statistic().metric().equals(metric)
                        && s.statistic().labelValue().equals(label))
                .findFirst()
                .map(s -> OptionalLong.of(sum(s)))
                .orElse(OptionalLong.empty());
    }

    private long sum(StatPlan.Series series) {
        long sum = 0;
        for (int column : series.columns()) {
            sum += block.value(column);
        }
        return sum;
    }

    static double unsigned(long value) {
        return value >= 0 ? value : 0x1p64 + value;
    }
}
