package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Allowance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * Days in minutes: VMs come, go, reset, hang and fail at random while they are sampled and scraped. Memory, descriptors
 * and threads stay as they were, and no VM is lost. {@code -Dbhyvescope.soak.samples=150000} makes it long.
 */
class SoakTest {
    private static final int SAMPLES = Integer.getInteger("bhyvescope.soak.samples", 5000);
    private static final long SEED = Long.getLong("bhyvescope.soak.seed", 20261124);
    private static final int MOST_VMS = 24;
    private static final long STEP_MILLIS = 40;
    private static final long MEGABYTE = 1 << 20;

    private final ManualClock clock = new ManualClock();
    private final World world = new World(clock);
    private final Told told = new Told();
    private final HostFacts host =
            new HostFacts(OptionalLong.of(1_000_000_000L), OptionalLong.of(1000), OptionalLong.empty());
    private final Ledger ledger = new Ledger(Plans.MEANINGS, host);
    private final VmCollector collector = new VmCollector(ledger::board, host);
    private final Scheduler scheduler = new Scheduler(
            world,
            ledger,
            new Interval(Optional.of(Duration.ofSeconds(1)), 1_000_000, false),
            Duration.ofMillis(World.ALLOWANCE_MILLIS),
            told,
            clock);
    private int mostReaders;

    /** What a process costs. */
    private record Cost(long heap, long descriptors) {
        static Cost now() throws IOException {
            System.gc();
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            Path descriptors = Path.of("/proc/self/fd");
            if (!Files.isDirectory(descriptors)) {
                return new Cost(heap, 0);
            }
            try (Stream<Path> open = Files.list(descriptors)) {
                return new Cost(heap, open.count());
            }
        }
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void thousandsOfSamplesOfVmsThatComeAndGoLeaveNothingBehind(TestReporter report) throws Exception {
        try (LogCapture log = new LogCapture(Scheduler.class, Level.ERROR);
                LogCapture quiet = new LogCapture(FailureLog.class, Level.ERROR)) {
            long begun = System.nanoTime();
            scheduler.start();
            sampleUntil(SAMPLES / 4);
            Cost early = Cost.now();
            sampleUntil(SAMPLES);
            Cost late = Cost.now();
            long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
            report.publishEntry(Map.of(
                    "samples",
                    told.samples + " in " + seconds + " s, " + world.describe(),
                    "early",
                    early.toString(),
                    "late",
                    late.toString(),
                    "readers",
                    "at most " + mostReaders));

            assertThat(late.heap() - early.heap()).as("growth of the heap").isLessThan(2 * MEGABYTE);
            assertThat(late.descriptors()).isLessThanOrEqualTo(early.descriptors() + 2);
            assertThat(mostReaders).isBetween(1, 4 * Scheduler.LANE_WIDTH);
            assertThat(world.mostAtATime()).as("readings of one VM at a time").isEqualTo(1);

            world.calm();
            clock.await("no VM was lost", () -> {
                advance(1000);
                return ledger.board().vms().stream()
                        .filter(vm -> vm.sample().isPresent())
                        .map(VmView::name)
                        .collect(Collectors.toSet())
                        .equals(world.names());
            });
            assertThat(ledger.board().vms()).hasSize(world.names().size());
            assertThat(log.lines())
                    .hasSize(world.exceptions())
                    .allMatch(line -> line.contains("internal error while reading VM"));
            assertThat(quiet.lines()).isEmpty();
        } finally {
            scheduler.close();
        }
        for (Thread reader : world.readers()) {
            reader.join(20_000);
            assertThat(reader.isAlive()).as(reader.getName()).isFalse();
        }
    }

    private void advance(long millis) {
        clock.advance(millis);
        synchronized (scheduler) {
            scheduler.notifyAll();
        }
    }

    private void sampleUntil(int samples) throws InterruptedException {
        for (int step = 0; told.samples.get() < samples; step++) {
            world.turn();
            advance(STEP_MILLIS);
            told.awaitOne();
            if (step % 50 == 0) {
                inspect();
            }
        }
    }

    private void inspect() {
        mostReaders = Math.max(mostReaders, world.readers().size());
        for (VmView vm : ledger.board().vms()) {
            vm.sample().ifPresent(sample -> {
                assertThat(DoubleStream.of(sample.rates().reasons())).noneMatch(rate -> rate < 0);
                assertThat(sample.rates().total() < 0).isFalse();
                assertThat(DoubleStream.of(sample.peaks())).noneMatch(peak -> peak < 0);
                assertThat(vm.state()).isPresent();
            });
        }
        assertThat(collector.collect().stream().count() > 0)
                .isEqualTo(
                        ledger.board().vms().stream().anyMatch(vm -> vm.state().isPresent()));
    }

    /** Counts, and lets the driver go on when something was read. */
    private static final class Told implements SamplingListener {
        private final AtomicLong samples = new AtomicLong();
        private final Semaphore news = new Semaphore(0);

        @Override
        public void sampled(long nanos, Reading outcome, long idleRequests) {
            samples.incrementAndGet();
            news.release();
        }

        @Override
        public void interval(double seconds) {}

        @Override
        public void stateRead(int lockingReads) {}

        @Override
        public void stateInterval(double seconds) {}

        @Override
        public void logSuppressed() {}

        /** Waits for a sample, but not long: perhaps all VMs hang. */
        void awaitOne() throws InterruptedException {
            if (news.tryAcquire(1, TimeUnit.MILLISECONDS)) {
                news.drainPermits();
            }
        }
    }

    /** A host whose VMs come, go and misbehave. */
    private static final class World implements Hypervisor {
        static final long ALLOWANCE_MILLIS = 3000;
        private static final List<Cause> CAUSES = List.of(Cause.values());

        private final ManualClock clock;
        private final Random random = new Random(SEED);
        private final Map<String, Vm> vms = new ConcurrentSkipListMap<>();
        private final Map<VmId, Vm> byId = new ConcurrentHashMap<>();
        private final Set<Thread> readers = ConcurrentHashMap.newKeySet();
        private final Map<String, AtomicInteger> inside = new ConcurrentHashMap<>();
        private final AtomicInteger mostAtATime = new AtomicInteger();
        private final AtomicInteger exceptions = new AtomicInteger();
        private final AtomicInteger hangs = new AtomicInteger();
        private final AtomicInteger resets = new AtomicInteger();
        private int created;
        private int destroyed;
        private volatile boolean calm;

        World(ManualClock clock) {
            this.clock = clock;
        }

        /** One step: now and then a VM comes, goes, or is created again under its name. */
        void turn() {
            int dice = random.nextInt(100);
            if (vms.isEmpty() || (dice < 4 && vms.size() < MOST_VMS)) {
                create("vm" + (random.nextBoolean() ? created : random.nextInt(MOST_VMS)));
            } else if (dice < 6) {
                destroy(any());
            } else if (dice < 8) {
                String name = any();
                destroy(name);
                create(name);
            }
        }

        private String any() {
            return vms.keySet().stream()
                    .skip(random.nextInt(vms.size()))
                    .findFirst()
                    .orElseThrow();
        }

        private void create(String name) {
            destroy(name);
            created++;
            Vm vm = new Vm(Snapshots.id(name, created), random.nextLong(), 1 + random.nextInt(4));
            byId.put(vm.id, vm);
            vms.put(name, vm);
        }

        private void destroy(String name) {
            Vm vm = vms.remove(name);
            if (vm != null) {
                byId.remove(vm.id);
                destroyed++;
            }
        }

        /** From now on all is well. */
        void calm() {
            calm = true;
        }

        Set<String> names() {
            return Set.copyOf(vms.keySet());
        }

        /** Threads that have read and are alive. */
        Set<Thread> readers() {
            readers.removeIf(thread -> !thread.isAlive());
            return new HashSet<>(readers);
        }

        int mostAtATime() {
            return mostAtATime.get();
        }

        int exceptions() {
            return exceptions.get();
        }

        String describe() {
            return created + " VMs created, " + destroyed + " destroyed, " + resets + " resets, " + hangs + " hangs, "
                    + exceptions + " exceptions";
        }

        @Override
        public String name() {
            return "world";
        }

        @Override
        public VmListing vms() {
            return new VmListing.Listed(vms.values().stream().map(vm -> vm.id).toList(), List.of());
        }

        @Override
        public OptionalInt readsPerSecond() {
            return OptionalInt.empty();
        }

        @Override
        public long vcpuReads() {
            return 0;
        }

        @Override
        public Reading read(VmId id, Allowance allowance) throws InterruptedException {
            readers.add(Thread.currentThread());
            AtomicInteger here = inside.computeIfAbsent(id.name(), n -> new AtomicInteger());
            mostAtATime.accumulateAndGet(here.incrementAndGet(), Math::max);
            try {
                Vm vm = byId.get(id);
                return vm == null ? new Failure(Cause.GONE, "destroyed") : read(vm);
            } finally {
                if (here.decrementAndGet() == 0) {
                    inside.remove(id.name(), here);
                }
            }
        }

        private Reading read(Vm vm) throws InterruptedException {
            int dice = calm ? 1000 : vm.random.nextInt(1000);
            if (dice < 5) {
                hangs.incrementAndGet();
                clock.pass(ALLOWANCE_MILLIS);
                return new Failure(Cause.TIMEOUT, "hung");
            }
            if (dice < 15) {
                return new Failure(CAUSES.get(vm.random.nextInt(CAUSES.size())), "at random");
            }
            if (dice < 16) {
                exceptions.incrementAndGet();
                throw new IllegalStateException("at random");
            }
            if (dice < 25) {
                resets.incrementAndGet();
                vm.reset();
            }
            vm.run();
            Snapshots snapshot =
                    vm.snapshot(clock.getAsLong(), dice < 27 ? "odd " + vm.random.nextInt() : Snapshots.AMD);
            return (dice < 30 ? snapshot.suspended(0, 1, 2, 3) : snapshot).build();
        }

        /** One VM; read by one thread at a time. */
        private static final class Vm {
            private final VmId id;
            private final Random random;
            private final long[][] counters;

            Vm(VmId id, long seed, int vcpus) {
                this.id = id;
                this.random = new Random(seed);
                this.counters = new long[vcpus][5];
            }

            synchronized void reset() {
                for (int i = 0; i < counters.length; i++) {
                    counters[i] = new long[5];
                }
            }

            synchronized void run() {
                for (long[] vcpu : counters) {
                    int exits = random.nextInt(10_000);
                    vcpu[0] += exits;
                    vcpu[1] += exits / 2;
                    vcpu[2] += random.nextInt(1_000_000_000);
                    vcpu[3] += random.nextInt(1000);
                    vcpu[4] += random.nextInt(10);
                }
            }

            synchronized Snapshots snapshot(long nanos, String last) {
                Snapshots snapshot = Snapshots.of(id)
                        .table(Snapshots.TOTAL, Snapshots.HLT, Snapshots.RUNTIME, Snapshots.IDLE, last)
                        .atNanos(nanos);
                int active = random.nextInt(50) == 0 ? random.nextInt(counters.length) : counters.length;
                for (int i = 0; i < active; i++) {
                    snapshot.vcpu(i, counters[i].clone());
                }
                return snapshot;
            }
        }
    }
}
