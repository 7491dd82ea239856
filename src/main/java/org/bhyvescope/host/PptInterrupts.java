package org.bhyvescope.host;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Source;

/**
 * From successive readings of the host's interrupt counters to what each passthrough device interrupts. Not thread-safe.
 *
 * <p>The kernel never sets a counter back, and the next owner of a slot goes on where the last one left it. So what is counted
 * is growth, and only while the irq and its handlers stay the same from one reading to the next; a vector that is new, or
 * back again, begins at the count that it is first seen with.
 */
public final class PptInterrupts {
    /** Of the highest rate; and who has not looked for so long does not know what became of a slot meanwhile. */
    static final Duration WINDOW = Duration.ofSeconds(60);

    /** More texts of handlers than a host has at a time: they are worked out anew then. */
    private static final int MAX_PARTS = 1000;

    private static final double NANOS_PER_SECOND = 1e9;

    private final Map<Key, Long> last = new HashMap<>();
    private final Map<String, Part> parts = new HashMap<>();
    private List<String> partsOf = List.of();
    private final Map<String, Watched> watched = new HashMap<>();
    private List<DeviceInterrupts> result = List.of();
    private boolean begun;
    private long lastNanos;

    private record Key(String irq, String handlers) {}

    private record Growth(Part part, boolean known, long delta) {}

    /** Whose a source is, by the text of its handlers. */
    private record Part(List<String> devices, boolean shared) {}

    private record Rate(long nanos, double value) {}

    /** What is known of one device. */
    private static final class Watched {
        final PptDevice device;
        final Deque<Rate> rates = new ArrayDeque<>();
        double total;

        Watched(PptDevice device) {
            this.device = device;
        }

        /** The same hardware at the same place; its names do not matter. */
        boolean isOf(PptDevice other) {
            return device.selector().equals(other.selector())
                    && device.vendorId() == other.vendorId()
                    && device.deviceId() == other.deviceId();
        }
    }

    /**
     * Takes a reading in. One that is not later than the last is passed over.
     *
     * @param devices the devices known now, or where they cannot be listed those known before; one that is not among them any
     *     more is forgotten, and starts from 0 should it return
     * @return one for each device, in their order
     */
    public List<DeviceInterrupts> update(Counted reading, List<PptDevice> devices) {
        long elapsed = reading.nanos() - lastNanos;
        if (begun && elapsed <= 0) {
            return result;
        }
        boolean blind = !begun || elapsed > WINDOW.toNanos();
        List<String> known = devices.stream().map(PptDevice::name).distinct().toList();
        List<Growth> growths = growths(reading.sources(), blind, known);
        begun = true;
        lastNanos = reading.nanos();
        watched.keySet().retainAll(Set.copyOf(known));
        List<DeviceInterrupts> all = new ArrayList<>();
        for (PptDevice device : devices) {
            Watched of = watched.get(device.name());
            boolean isNew = of == null || !of.isOf(device);
            if (of == null || isNew) {
                of = new Watched(device);
                watched.put(device.name(), of);
            }
            List<Growth> own = growths.stream()
                    .filter(g -> g.part().devices().contains(device.name()))
                    .toList();
            all.add(add(of, own, isNew || blind, elapsed));
        }
        result = List.copyOf(all);
        return result;
    }

    /** How each source grew since the last reading; what is not there now is forgotten. */
    private List<Growth> growths(List<Source> sources, boolean blind, List<String> devices) {
        if (blind) {
            last.clear();
        }
        if (!devices.equals(partsOf) || parts.size() > MAX_PARTS) {
            parts.clear();
            partsOf = devices;
        }
        Map<Key, Long> now = new HashMap<>();
        Set<Key> twice = new HashSet<>();
        List<Growth> growths = new ArrayList<>();
        for (Source source : sources) {
            Key key = new Key(source.irq(), source.handlers());
            if (now.putIfAbsent(key, source.count()) != null) {
                twice.add(key); // Nobody can tell which is which.
            }
        }
        for (Source source : sources) {
            Key key = new Key(source.irq(), source.handlers());
            Long before = twice.contains(key) ? null : last.get(key);
            long delta = before == null ? -1 : source.count() - before;
            Part part = parts.computeIfAbsent(source.handlers(), handlers -> part(handlers, devices));
            growths.add(new Growth(part, delta >= 0, Math.max(0, delta)));
        }
        now.keySet().removeAll(twice);
        last.clear();
        last.putAll(now);
        return growths;
    }

    private static Part part(String handlers, List<String> devices) {
        return new Part(InterruptName.devices(handlers, devices), InterruptName.isShared(handlers));
    }

    private DeviceInterrupts add(Watched of, List<Growth> own, boolean fresh, long elapsed) {
        OptionalDouble rate = OptionalDouble.empty();
        if (!fresh) {
            double grown = own.stream().mapToDouble(Growth::delta).sum();
            of.total += grown;
            // A device without any vector does not interrupt; one whose vectors are all new may have.
            if (own.isEmpty() || own.stream().anyMatch(Growth::known)) {
                rate = OptionalDouble.of(grown / (elapsed / NANOS_PER_SECOND));
                of.rates.add(new Rate(lastNanos, rate.getAsDouble()));
            }
        }
        of.rates.removeIf(each -> lastNanos - each.nanos() > WINDOW.toNanos());
        return new DeviceInterrupts(
                of.device.name(),
                of.total,
                rate,
                of.rates.stream().mapToDouble(Rate::value).max(),
                own.size(),
                own.stream().anyMatch(g -> g.part().shared()));
    }
}
