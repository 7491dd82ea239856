package org.bhyvescope.capture;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Tells a storm of exits from a VM's everyday life, reason by reason: a rate that is high in itself and a multiple of what
 * this VM usually has. A storm is told of once, and again only after it has been over for a while. Not thread-safe.
 */
final class StormWatch {
    /** Below it no rate is a storm: a single busy device makes as many exits. */
    static final double LEAST_RATE = 20_000;

    /** So many times its usual rate. */
    static final double TIMES = 5;

    /** It is over below this share of the rate that made it one... */
    private static final double OVER = 0.5;

    /** ...for so long. */
    static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What is usual has to be learned first. */
    static final long LEARNING_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Time constant of what is usual. */
    private static final double USUAL_SECONDS = 120;

    private final double[] usual;
    private final double[] threshold;
    private final long[] calmSince;
    private final boolean[] storm;
    private long firstNanos;
    private long lastNanos;
    private boolean begun;

    /** @param reasons how many rates there are */
    StormWatch(int reasons) {
        this.usual = new double[reasons];
        this.threshold = new double[reasons];
        this.calmSince = new long[reasons];
        this.storm = new boolean[reasons];
        Arrays.fill(usual, Double.NaN);
    }

    int reasons() {
        return usual.length;
    }

    /** The rate that this VM usually has, exits a second; NaN where it is not known yet. */
    double usual(int reason) {
        return usual[reason];
    }

    /**
     * Enters a sample.
     *
     * @param rates exits a second by reason, NaN where not known
     * @param nanos the sample's monotonic time
     * @return the reason of which a storm has begun with this sample, the worst; -1 for none
     */
    int enter(double[] rates, long nanos) {
        if (!begun) {
            begun = true;
            firstNanos = nanos;
            lastNanos = nanos;
        }
        double weight = 1 - Math.exp(-(nanos - lastNanos) / 1e9 / USUAL_SECONDS);
        lastNanos = nanos;
        boolean learned = nanos - firstNanos >= LEARNING_NANOS;
        int worst = -1;
        for (int i = 0; i < usual.length; i++) {
            if (!Double.isNaN(rates[i]) && enter(i, rates[i], nanos, learned, weight)) {
                worst = worst < 0 || rates[i] > rates[worst] ? i : worst;
            }
        }
        return worst;
    }

    private boolean enter(int reason, double rate, long nanos, boolean learned, double weight) {
        if (storm[reason]) {
            calm(reason, rate, nanos);
            return false;
        }
        double limit = Math.max(LEAST_RATE, TIMES * usual[reason]);
        if (learned && rate >= limit) {
            storm[reason] = true;
            threshold[reason] = limit;
            calmSince[reason] = nanos;
            return true;
        }
        // The mean of what was seen so far, until the time constant takes over.
        double seen = (nanos - firstNanos) / 1e9;
        double share = seen < USUAL_SECONDS ? Math.max(weight, 1 / Math.max(1, seen + 1)) : weight;
        usual[reason] = Double.isNaN(usual[reason]) ? rate : usual[reason] + share * (rate - usual[reason]);
        return false;
    }

    private void calm(int reason, double rate, long nanos) {
        if (rate >= OVER * threshold[reason]) {
            calmSince[reason] = nanos;
        } else if (nanos - calmSince[reason] >= CALM_NANOS) {
            storm[reason] = false;
        }
    }
}
