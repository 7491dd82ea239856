package org.bhyvescope.hypervisor.recording;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.hypervisor.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The last minutes of all VMs, within a bound of memory: what differs from one snapshot of a VM to its next. A VM's
 * snapshots fill a chunk of its own, which can be read without any other; a full chunk is deflated and goes into a ring
 * outside the heap, where it replaces the oldest ones. A VM that has gone ages out like all others. Thread-safe.
 */
public final class History {
    /** Bytes after which a chunk is full, at most. */
    static final int LARGEST_CHUNK = 1 << 16;

    private static final int SMALLEST_CHUNK = 1 << 12;

    /** Bytes that are held on the heap for each chunk in the ring, at most. */
    private static final int UPKEEP = 256;

    private static final int LEAST_OPEN = 1 << 19;
    private static final int OPEN_SHARE = 8;
    private static final int UPKEEP_SHARE = 32;

    /** A VM that had no snapshot for so long, while others filled a chunk, may have gone. */
    private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final long maxOpen;
    private final long maxSealed;
    private final Optional<ByteRing> ring;
    private final Map<String, Open> open = new HashMap<>();
    private final Deque<Sealed> sealed = new ArrayDeque<>();
    private long openBytes;
    private long turn;

    /** @param maxBytes bound of all memory that it takes; 0: it keeps nothing */
    public History(long maxBytes) {
        this.maxOpen = Math.max(LEAST_OPEN, maxBytes / OPEN_SHARE);
        this.maxSealed = maxBytes / UPKEEP_SHARE / UPKEEP;
        long forRing = maxBytes - maxOpen - maxSealed * UPKEEP;
        this.ring = forRing > 0 ? Optional.of(new ByteRing(forRing)) : Optional.empty();
    }

    /** A chunk that is being filled; on the heap. */
    private static final class Open {
        private final String vm;
        private final ByteSink bytes = new ByteSink();
        private @Nullable Snapshot last;
        private long lastNanos;
        private long turn;

        Open(String vm) {
            this.vm = vm;
        }
    }

    /**
     * A chunk in the ring.
     *
     * @param at where it begins, in bytes ever written to the ring
     * @param length its length before it was deflated
     */
    private record Sealed(String vm, long at, int packed, int length, long lastNanos) {}

    /** Keeps a snapshot. Those of one VM must come in their order. */
    public synchronized void add(Snapshot snapshot) {
        if (ring.isEmpty()) {
            return;
        }
        Open chunk = open.computeIfAbsent(snapshot.vm().name(), Open::new);
        openBytes -= chunk.turn == 0 ? 0 : chunk.bytes.capacity();
        FrameEncoder.write(chunk.bytes, chunk.last, snapshot);
        openBytes += chunk.bytes.capacity();
        chunk.last = snapshot;
        chunk.lastNanos = snapshot.endNanos();
        chunk.turn = ++turn;
        if (chunk.bytes.size() >= fullAt()) {
            seal(chunk, ring.get());
            sealSilent(snapshot.endNanos(), ring.get());
        }
        while (openBytes > maxOpen) {
            open.values().stream().min(Comparator.comparingLong(c -> c.turn)).ifPresent(c -> remove(c, ring.get()));
        }
    }

    private long fullAt() {
        return Math.max(SMALLEST_CHUNK, Math.min(LARGEST_CHUNK, maxOpen / (2L * open.size())));
    }

    /** Puts a chunk into the ring and begins anew. */
    private void seal(Open chunk, ByteRing to) {
        if (chunk.bytes.size() == 0) {
            return;
        }
        byte[] packed = Packed.deflate(chunk.bytes.array(), chunk.bytes.size());
        if (packed.length <= to.capacity()) {
            sealed.add(new Sealed(chunk.vm, to.written(), packed.length, chunk.bytes.size(), chunk.lastNanos));
            long end = to.written() + packed.length;
            while (end - sealed.getFirst().at() > to.capacity() || sealed.size() > maxSealed) {
                sealed.removeFirst();
            }
            to.write(packed);
        }
        chunk.bytes.clear();
        chunk.last = null;
    }

    private void remove(Open chunk, ByteRing to) {
        seal(chunk, to);
        open.remove(chunk.vm);
        openBytes -= chunk.bytes.capacity();
    }

    private void sealSilent(long now, ByteRing to) {
        open.values().stream()
                .filter(chunk -> now - chunk.lastNanos > SILENCE_NANOS)
                .toList()
                .forEach(chunk -> remove(chunk, to));
    }

    /** How many bytes it takes now, of those that it may. */
    public synchronized long bytes() {
        return openBytes
                + ring.map(r -> Math.min(r.written(), r.capacity())).orElse(0L)
                + (long) sealed.size() * UPKEEP;
    }

    /**
     * The snapshots of a VM, the oldest first, of all that had this name. They are unpacked one by one; those that age
     * out before they are reached are left out, and those that come later are not among them.
     *
     * @param sinceNanos the monotonic clock: only those that ended then or later
     */
    public Iterator<Snapshot> read(String vm, long sinceNanos) {
        return new Reader(vm, sinceNanos);
    }

    /** What there is of a VM: chunks in the ring, and the bytes of the one that is not full. */
    private synchronized byte[] find(String vm, List<Sealed> chunks) {
        sealed.stream().filter(chunk -> chunk.vm().equals(vm)).forEach(chunks::add);
        Open chunk = open.get(vm);
        return chunk == null ? new byte[0] : chunk.bytes.copy();
    }

    private synchronized Optional<byte[]> packed(Sealed chunk) {
        boolean there = !sealed.isEmpty() && sealed.getFirst().at() <= chunk.at();
        return ring.filter(r -> there).map(r -> r.read(chunk.at(), chunk.packed()));
    }

    private final class Reader implements Iterator<Snapshot> {
        private final String vm;
        private final long since;
        private final Deque<Sealed> chunks;
        private byte[] newest;
        private ByteSource source = new ByteSource(new byte[0]);
        private FrameDecoder decoder;
        private Optional<Snapshot> next;

        Reader(String vm, long since) {
            this.vm = vm;
            this.since = since;
            List<Sealed> found = new ArrayList<>();
            this.newest = find(vm, found);
            this.chunks = new ArrayDeque<>(found);
            chunks.removeIf(chunk -> chunk.lastNanos() - since < 0);
            this.decoder = new FrameDecoder(vm);
            this.next = advance();
        }

        private Optional<Snapshot> advance() {
            while (true) {
                while (!source.isAtEnd()) {
                    Snapshot snapshot = decoder.read(source);
                    if (snapshot.endNanos() - since >= 0) {
                        return Optional.of(snapshot);
                    }
                }
                if (!chunks.isEmpty()) {
                    Sealed chunk = chunks.removeFirst();
                    packed(chunk).ifPresent(bytes -> begin(Packed.inflate(bytes, chunk.length())));
                } else if (newest.length > 0) {
                    begin(newest);
                    newest = new byte[0];
                } else {
                    return Optional.empty();
                }
            }
        }

        private void begin(byte[] chunk) {
            source = new ByteSource(chunk);
            decoder = new FrameDecoder(vm);
        }

        @Override
        public boolean hasNext() {
            return next.isPresent();
        }

        @Override
        public Snapshot next() {
            Snapshot snapshot = next.orElseThrow(NoSuchElementException::new);
            next = advance();
            return snapshot;
        }
    }
}
