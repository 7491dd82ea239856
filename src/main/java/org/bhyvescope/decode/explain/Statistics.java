package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bhyvescope.decode.Statistic;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.StatBlock;
import org.jspecify.annotations.Nullable;

/** Each counter with its share and meaning. */
final class Statistics {
    private Statistics() {}

    static List<Report.Statistic> of(VcpuCase vcpu, StatisticsTable table) {
        if (vcpu.counters().isEmpty()) {
            return List.of();
        }
        Counters counters = vcpu.counters().get();
        StatBlock block = counters.block();
        List<Report.Statistic> lines = new ArrayList<>();
        for (int i = 0; i < block.table().size(); i++) {
            String name = block.table().name(i);
            Optional<Statistic> row = table.find(name);
            long value = block.value(i);
            boolean counted = row.map(r -> isCounted(r, vcpu.whole())).orElse(true);
            lines.add(new Report.Statistic(
                    name, Hex.unsigned(value), share(row, value, counters), counted, meaning(row, vcpu, counted)));
        }
        return List.copyOf(lines);
    }

    /** Whether some release that the text can be from counts it on this vendor. */
    private static boolean isCounted(Statistic row, Case whole) {
        return row.isCountedOn(
                whole.vendor(), whole.release().first(), whole.release().last());
    }

    private static @Nullable Double share(Optional<Statistic> row, long value, Counters counters) {
        boolean reason = row.map(r -> r.metric().equals(Statistic.EXIT_REASONS)).orElse(false);
        return reason && counters.total().orElse(0) != 0 ? counters.share(value) : null;
    }

    private static String meaning(Optional<Statistic> row, VcpuCase vcpu, boolean counted) {
        if (row.isEmpty()) {
            return "not in the table of FreeBSD's statistics";
        }
        String meaning = row.get().meaning();
        if (!counted) {
            return "never counted on this host, so its 0 says nothing";
        }
        if (row.get().scope() == Statistic.Scope.VM && vcpu.id() > 0) {
            return "real on vCPU 0 only";
        }
        return row.get().needs().isEmpty()
                ? meaning
                : meaning + " (needs bhyve " + row.get().needs() + ")";
    }
}
