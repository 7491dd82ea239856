package org.bhyvescope.capture;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How often evidence is kept: the same of one VM once in five minutes, and of the whole host some in each ten minutes. Not
 * thread-safe.
 */
final class RateLimit {
    static final long SAME_NANOS = TimeUnit.MINUTES.toNanos(5);
    static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(10);
    static final int IN_WINDOW = 10;

    /** Everyday life leaves room for what is not. */
    static final int ROUTINE_IN_WINDOW = IN_WINDOW / 2;

    private final Map<Key, Long> newest = new HashMap<>();
    private final Deque<Long> all = new ArrayDeque<>();

    private record Key(String vm, Trigger trigger) {}

    /**
     * Whether it may be kept now; if so it counts.
     *
     * @param routine whether it happens in everyday life
     */
    boolean allows(String vm, Trigger trigger, boolean routine, long nowNanos) {
        newest.values().removeIf(at -> nowNanos - at >= SAME_NANOS);
        while (!all.isEmpty() && nowNanos - all.getFirst() >= WINDOW_NANOS) {
            all.removeFirst();
        }
        Key key = new Key(vm, trigger);
        if (newest.containsKey(key) || all.size() >= (routine ? ROUTINE_IN_WINDOW : IN_WINDOW)) {
            return false;
        }
        newest.put(key, nowNanos);
        all.add(nowNanos);
        return true;
    }

    /** It was kept together with another. */
    void kept(String vm, Trigger trigger, long nowNanos) {
        newest.put(new Key(vm, trigger), nowNanos);
    }
}
