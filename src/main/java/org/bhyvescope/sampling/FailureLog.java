package org.bhyvescope.sampling;

import java.util.HashMap;
import java.util.Map;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.os.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the same failure once, then counts it, and logs its end. Thread-safe. */
final class FailureLog {
    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);

    /** A VM that is being destroyed fails once or twice before its node is gone: no news. */
    private static final int PATIENCE = 3;

    private final String what;
    private final SamplingListener listener;
    private final Map<String, Streak> streaks = new HashMap<>();

    private static final class Streak {
        private int failures;
        private Cause logged = Cause.INTERNAL;
        private boolean any;
    }

    /** @param what is read, as a log line begins: {@code VM}, {@code the state of VM} */
    FailureLog(String what, SamplingListener listener) {
        this.what = what;
        this.listener = listener;
    }

    synchronized void failed(String vm, Failure failure) {
        Streak streak = streaks.computeIfAbsent(vm, v -> new Streak());
        streak.failures++;
        boolean passing = failure.cause() == Cause.GONE || failure.cause() == Cause.REPLACED;
        if (passing && streak.failures < PATIENCE) {
            return;
        }
        if (streak.any && streak.logged == failure.cause()) {
            listener.logSuppressed();
            return;
        }
        streak.any = true;
        streak.logged = failure.cause();
        LOG.warn(
                "{} {} cannot be read ({}): {}",
                what,
                quote(vm),
                failure.cause().label(),
                failure.detail());
    }

    synchronized void succeeded(String vm) {
        Streak streak = streaks.remove(vm);
        if (streak != null && streak.any) {
            LOG.info("{} {} can be read again after {} failures", what, quote(vm), streak.failures);
        }
    }

    synchronized void forget(String vm) {
        streaks.remove(vm);
    }

    /** A name may hold anything; a log line may not. */
    static String quote(String vm) {
        return "\"" + Printable.line(vm).replaceAll("[\"\\\\]", "?") + "\"";
    }
}
