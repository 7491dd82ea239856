package org.bhyvescope.sampling;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Ending;
import org.bhyvescope.os.Printable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that sample: one that decides, and workers that read. A VM is never read by two at a time. VMs that did not
 * answer in time (or never did yet) share half of the places, so that the other half stays fresh; one that stops answering
 * makes room after half a second.
 */
public final class Scheduler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

    /** Workers of each half. They mostly wait: for a process, or for their turn to start one. */
    static final int LANE_WIDTH = 8;

    private static final String FAILED = "failed";

    /** Readings that were moved aside because their child does not answer, at most; beyond it they keep their place. */
    static final int STUCK_WIDTH = 3 * LANE_WIDTH;

    /** A child that has run for so long is not answering: it takes a few ms otherwise. */
    private static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long LISTING_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long WORKER_IDLE_SECONDS = 10;

    private final Hypervisor hypervisor;
    private final Ledger ledger;
    private final Interval interval;
    private final Duration readTimeout;
    private final SamplingListener listener;
    private final LongSupplier nanoClock;
    private final FailureLog failureLog;
    private final Map<String, VmTask> tasks = new HashMap<>();
    private final Lane trusted = new Lane(LANE_WIDTH);
    private final Lane doubtful = new Lane(LANE_WIDTH);
    private final Lane stuck = new Lane(STUCK_WIDTH);
    private final Map<VmTask, Turn> turns = new HashMap<>();
    private final Set<String> beingRead = new HashSet<>();
    private final Set<String> refusedBefore = new HashSet<>();
    private final ExecutorService workers;
    private final Thread decider;

    private Duration inForce;
    private boolean stretched;
    private boolean listed;
    private boolean ready;
    private String listingTrouble = "";
    private long nextListing;
    private volatile long heartbeat;
    private volatile boolean stopping;

    /**
     * @param readTimeout the least time that one VM's reading may take; the interval if that is longer
     * @param nanoClock monotonic clock in ns
     */
    public Scheduler(
            Hypervisor hypervisor,
            Ledger ledger,
            Interval interval,
            Duration readTimeout,
            SamplingListener listener,
            LongSupplier nanoClock) {
        this.hypervisor = hypervisor;
        this.ledger = ledger;
        this.interval = interval;
        this.readTimeout = readTimeout;
        this.listener = listener;
        this.nanoClock = nanoClock;
        this.failureLog = new FailureLog("VM", listener);
        this.inForce = interval.wanted();
        this.nextListing = nanoClock.getAsLong();
        this.heartbeat = nextListing;
        AtomicInteger number = new AtomicInteger();
        // The lanes bound how many work at a time; a bound here, too, would refuse one whose predecessor is just
        // leaving.
        this.workers = new ThreadPoolExecutor(
                0, Integer.MAX_VALUE, WORKER_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                    Thread thread = new Thread(task, "reader-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        this.decider = new Thread(this::decide, "scheduler");
        decider.setDaemon(true);
    }

    /** Begins to sample. */
    public void start() {
        listener.interval(inForce.toNanos() / 1e9);
        decider.start();
    }

    /** Whether at some time every VM that was there had been read, or had failed to be, at least once. */
    public synchronized boolean isReady() {
        ready |= listed && tasks.values().stream().allMatch(VmTask::isTried);
        return ready;
    }

    /** Nanoseconds since the deciding thread was last seen at work; it should be every second. */
    public long silentNanos() {
        return nanoClock.getAsLong() - heartbeat;
    }

    private void decide() {
        while (!stopping) {
            try {
                round();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                if (stopping) {
                    return;
                }
                // A bug must not end sampling; without the pause it could spin.
                LOG.error("internal error in the scheduler", e);
                pause();
            }
        }
    }

    private void round() throws InterruptedException {
        long now = nanoClock.getAsLong();
        heartbeat = now;
        if (nextListing - now <= 0) {
            list(vms());
            nextListing = now + LISTING_NANOS;
        }
        synchronized (this) {
            now = nanoClock.getAsLong();
            dispatch(now);
            long wait = turns.isEmpty() ? nextListing - now : Math.min(nextListing - now, STUCK_NANOS / 2);
            for (VmTask task : tasks.values()) {
                // One that is due but found no room is woken by the worker that makes room.
                if (!task.isRunning() && task.untilDue(now) > 0) {
                    wait = Math.min(wait, task.untilDue(now));
                }
            }
            if (wait > 0) {
                TimeUnit.NANOSECONDS.timedWait(this, wait);
            }
        }
    }

    private VmListing vms() {
        try {
            return hypervisor.vms();
        } catch (RuntimeException e) {
            if (!listingTrouble.equals(FAILED)) {
                LOG.error("internal error while listing the VMs", e);
            }
            return new VmListing.Failed("internal error: " + e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Where a reading counts while it lasts. */
    private static final class Turn {
        private Lane lane;
        private final Allowance allowance;

        Turn(Lane lane, Allowance allowance) {
            this.lane = lane;
            this.allowance = allowance;
        }
    }

    /** Makes room for others: VMs that all begin to hang at once must not hold every place for a whole deadline. */
    private void setStuckAside(long now) {
        for (Turn turn : turns.values()) {
            if (turn.lane == trusted && turn.allowance.childNanos(now) > STUCK_NANOS && stuck.enter()) {
                trusted.leave();
                turn.lane = stuck;
            }
        }
    }

    private void dispatch(long now) {
        setStuckAside(now);
        List<VmTask> due = tasks.values().stream()
                .filter(task -> task.isDue(now))
                .sorted(Comparator.comparingLong(task -> task.untilDue(now)))
                .toList();
        for (VmTask task : due) {
            Lane lane = task.isTrusted() ? trusted : doubtful;
            // By name: the VM may have gone and come back while it is still being read for the task it had before.
            if (!beingRead.contains(task.vm.name()) && lane.enter()) {
                beingRead.add(task.vm.name());
                task.begin();
                Duration allowed = readTimeout.compareTo(inForce) > 0 ? readTimeout : inForce;
                Turn turn = new Turn(lane, Allowance.of(allowed));
                turns.put(task, turn);
                workers.execute(() -> read(task, turn));
            }
        }
    }

    private void read(VmTask task, Turn turn) {
        long begun = nanoClock.getAsLong();
        Reading reading;
        long idleRequests = 0;
        try {
            reading = hypervisor.read(task.vm, turn.allowance);
            idleRequests = ledger.accept(task.vm, reading);
        } catch (InterruptedException e) {
            return;
        } catch (RuntimeException | Error e) {
            // An Error, too (a stack overflow, a class that cannot be loaded): else its VM counts as being read for
            // ever.
            LOG.error("internal error while reading VM {}", FailureLog.quote(task.vm.name()), e);
            reading = new Failure(Cause.INTERNAL, "internal error: " + e);
            ledger.accept(task.vm, reading);
        }
        long ended = nanoClock.getAsLong();
        listener.sampled(ended - begun, reading, idleRequests);
        synchronized (this) {
            turn.lane.leave();
            turns.remove(task);
            beingRead.remove(task.vm.name());
            task.end(reading, ended, inForce.toNanos());
            report(task, reading);
            fitInterval();
            notifyAll();
        }
    }

    /** Not of a VM that was replaced or removed meanwhile. */
    private void report(VmTask task, Reading reading) {
        if (tasks.get(task.vm.name()) != task) {
            return;
        }
        if (reading instanceof Failure failure) {
            failureLog.failed(task.vm.name(), failure);
        } else {
            failureLog.succeeded(task.vm.name());
        }
    }

    private void fitInterval() {
        int vcpus = tasks.values().stream().mapToInt(VmTask::vcpus).sum();
        int processes = vcpus + tasks.size() * hypervisor.processesBesides();
        Duration fitted = interval.effective(processes);
        if (fitted.equals(inForce)) {
            return;
        }
        inForce = fitted;
        listener.interval(fitted.toNanos() / 1e9);
        if (!stretched && fitted.compareTo(interval.wanted()) > 0) {
            stretched = true;
            LOG.warn(
                    "statistics interval stretched from {} to {} ms: {} vCPUs take {} processes, and at most {} a "
                            + "second are started (bhyvescope_sample_interval_seconds shows further changes)",
                    interval.wanted().toMillis(),
                    fitted.toMillis(),
                    vcpus,
                    processes,
                    interval.readsPerSecond().get().orElse(0));
        }
    }

    private void list(VmListing listing) {
        if (listing instanceof VmListing.Listed found) {
            trouble("", "");
            found.refused().stream()
                    .filter(refusedBefore::add)
                    .forEach(name -> LOG.warn("not monitored: VM {}", Printable.line(name)));
            reconcile(found.vms());
        } else if (listing instanceof VmListing.NoVmm absent) {
            trouble("absent", absent.directory() + " is not there: no VMs (is vmm.ko loaded?)");
            reconcile(List.of());
        } else if (listing instanceof VmListing.Failed failed) {
            trouble(FAILED, "VMs cannot be listed: " + failed.detail());
            ledger.listingFailed();
        }
    }

    private void trouble(String kind, String text) {
        if (!kind.equals(listingTrouble)) {
            if (!text.isEmpty()) {
                LOG.warn("{}", text);
            }
            listingTrouble = kind;
        } else if (!kind.isEmpty()) {
            listener.logSuppressed();
        }
    }

    private synchronized void reconcile(List<VmId> present) {
        listed = true;
        Set<VmId> wanted = new HashSet<>(present);
        tasks.values().removeIf(task -> {
            boolean gone = !wanted.contains(task.vm);
            if (gone) {
                failureLog.forget(task.vm.name());
                LOG.info("VM {} has gone", FailureLog.quote(task.vm.name()));
            }
            return gone;
        });
        long now = nanoClock.getAsLong();
        for (VmId vm : present) {
            if (!tasks.containsKey(vm.name())) {
                tasks.put(vm.name(), new VmTask(vm, now));
                LOG.info("VM {} found", FailureLog.quote(vm.name()));
            }
        }
        ledger.reconcile(present);
        fitInterval();
    }

    /** Stops within about a second; does not wait for children, which their owner kills. */
    @Override
    public void close() {
        stopping = true;
        decider.interrupt();
        workers.shutdownNow();
        Ending.of(decider);
    }
}
