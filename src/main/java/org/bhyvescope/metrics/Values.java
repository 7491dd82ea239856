package org.bhyvescope.metrics;

import java.util.OptionalLong;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.Statistic;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.sampling.VmView.Sample;

/** From the kernel's counters to Prometheus' base units. */
final class Values {
    private static final double TWO_TO_63 = 0x1p63;

    private final OptionalLong tscHz;
    private final OptionalLong hz;

    Values(HostFacts host) {
        this.tscHz = host.tscHz();
        this.hz = host.hz();
    }

    /** One series' value for one vCPU; NaN if it is to be withheld. */
    double series(Sample sample, int row, StatPlan.Series series) {
        double sum = 0;
        for (int column : series.columns()) {
            sum += unsigned(sample.snapshot().value(row, column));
        }
        if (sum == 0 && !series.counted()) {
            return Double.NaN;
        }
        return switch (series.statistic().unit()) {
            case EVENTS, BYTES -> sum;
            case TSC_CYCLES -> tscHz.isPresent() ? sum / tscHz.getAsLong() : Double.NaN;
            case TICKS -> hz.isPresent() ? sum / hz.getAsLong() : Double.NaN;
        };
    }

    /** A reason's rate; NaN if it is to be withheld because the kernel never counts it. */
    static double rate(Sample sample, int reason) {
        double rate = sample.rates().reason(reason);
        return rate == 0 && !sample.plan().reasons().get(reason).counted() ? Double.NaN : rate;
    }

    /** A reason's peak, withheld like its rate. */
    static double peak(Sample sample, int reason) {
        double peak = sample.peak(reason);
        return peak == 0 && !sample.plan().reasons().get(reason).counted() ? Double.NaN : peak;
    }

    /** A counter's 64 bits as a number; exact to 2^53. */
    static double unsigned(long bits) {
        return bits >= 0 ? bits : (double) (bits & Long.MAX_VALUE) + TWO_TO_63;
    }

    /** Row of vCPU 0, which alone knows the VM's memory, or -1. */
    static int firstRow(Snapshot snapshot) {
        return snapshot.rows() > 0 && snapshot.vcpu(0) == 0 ? 0 : -1;
    }

    /** Whether a series speaks for the whole VM. */
    static boolean isOfVm(StatPlan.Series series) {
        return series.statistic().scope() == Statistic.Scope.VM;
    }
}
