package org.bhyvescope.sampling;

import java.util.Arrays;
import java.util.List;
import org.bhyvescope.decode.StatPlan;

/**
 * Rates over the last sample, in exits a second. NaN: not known in this sample (first one, or a new epoch).
 */
public final class Rates {
    private final double[] reasons;
    private final double[] vcpus;
    private final double unaccounted;

    private Rates(double[] reasons, double[] vcpus, double unaccounted) {
        this.reasons = reasons;
        this.vcpus = vcpus;
        this.unaccounted = unaccounted;
    }

    /** Works out the rates of a change. */
    public static Rates of(Change change, StatPlan plan) {
        int rows = change.after().rows();
        List<StatPlan.Series> series = plan.reasons();
        double[] reasons = new double[series.size()];
        double[] vcpus = new double[rows];
        Arrays.fill(reasons, Double.NaN);
        Arrays.fill(vcpus, Double.NaN);
        double total = Double.NaN;
        for (int row = 0; row < rows; row++) {
            if (!change.hasDelta(row)) {
                continue;
            }
            double seconds = change.seconds(row);
            for (int i = 0; i < reasons.length; i++) {
                reasons[i] = plus(reasons[i], change.delta(row, series.get(i).columns()) / seconds);
            }
            if (plan.totalColumn() >= 0) {
                vcpus[row] = change.delta(row, plan.totalColumn()) / seconds;
                total = plus(total, vcpus[row]);
            }
        }
        double unaccounted = plan.accountsForAll()
                ? Math.max(0, total - Arrays.stream(reasons).sum())
                : Double.NaN;
        return new Rates(reasons, vcpus, unaccounted);
    }

    private static double plus(double sumOrNan, double term) {
        return Double.isNaN(sumOrNan) ? term : sumOrNan + term;
    }

    /** Exits a second for one of {@link StatPlan#reasons}, all vCPUs together. */
    public double reason(int index) {
        return reasons[index];
    }

    double[] reasons() {
        return reasons;
    }

    /** Exits a second of one vCPU, by row of the snapshot. */
    public double vcpu(int row) {
        return vcpus[row];
    }

    /** All exits of the VM a second. */
    public double total() {
        double total = Double.NaN;
        for (double vcpu : vcpus) {
            total = Double.isNaN(vcpu) ? total : plus(total, vcpu);
        }
        return total;
    }

    /**
     * Share of a reason in all exits, 0 to 1. The lines of one sample are read one after the other, so a reason can be
     * ahead of the total.
     */
    public double share(int index) {
        double total = total();
        return reasons[index] / (total >= reasons[index] ? total : reasons[index]);
    }

    /**
     * Exits a second that no reason explains, not below 0; NaN where the kernel's counters do not tell
     * ({@link StatPlan#accountsForAll}).
     */
    public double unaccounted() {
        return unaccounted;
    }
}
