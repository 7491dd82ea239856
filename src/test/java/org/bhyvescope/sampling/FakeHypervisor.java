package org.bhyvescope.sampling;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Allowance;

/** A source whose VMs do as they are told, and that watches how it is used. */
final class FakeHypervisor implements Hypervisor {
    /** Processes that a reading takes besides one for each vCPU. */
    volatile int besides;

    /** The allowance after which a hanging VM is given up, by the manual clock. */
    static final long ALLOWANCE_MILLIS = 3000;

    private final ManualClock clock;
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private final AtomicInteger listings = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private int knownHung;
    private int mostKnownHung;
    private volatile Supplier<VmListing> listing = () -> new VmListing.Listed(List.of(), List.of());

    /** What a VM answers. */
    interface Script {
        Reading read(VmId vm) throws InterruptedException;
    }

    /** What was seen of the VMs of one name. */
    private static final class Seen {
        private int inside;
        private int most;
        private int reads;
        private boolean answered;
    }

    FakeHypervisor(ManualClock clock) {
        this.clock = clock;
    }

    void list(VmId... vms) {
        list(new VmListing.Listed(List.of(vms), List.of()));
    }

    void list(VmListing whole) {
        listing = () -> whole;
    }

    void list(Supplier<VmListing> supplier) {
        listing = supplier;
    }

    /** From now on the VMs of this name answer so. */
    void script(String name, Script script) {
        scripts.put(name, script);
    }

    /** From now on the VMs of this name do not answer until the allowance is used up. */
    void hang(String name) {
        script(name, vm -> {
            clock.pass(ALLOWANCE_MILLIS);
            return new Failure(Cause.TIMEOUT, "hung");
        });
    }

    /** From now on the VMs of this name do not answer before the test ends, whatever is tried. */
    void sleepInTheKernel(String name) {
        script(name, vm -> {
            boolean ended = false;
            while (!ended) {
                try {
                    end.await();
                    ended = true;
                } catch (InterruptedException ignored) {
                    // As a read that waits for a vCPU's lock: nothing ends it.
                }
            }
            return new Failure(Cause.ABANDONED, "slept");
        });
    }

    /** Lets everything go that sleeps. */
    void end() {
        end.countDown();
    }

    int listings() {
        return listings.get();
    }

    /** How often VMs of this name were begun to be read. */
    int reads(String name) {
        Seen vm = seen(name);
        synchronized (vm) {
            return vm.reads;
        }
    }

    /** The most readings of VMs of this name that went on at the same time. */
    int mostAtATime(String name) {
        Seen vm = seen(name);
        synchronized (vm) {
            return vm.most;
        }
    }

    /** The most hanging readings, of VMs that had not answered the time before either, that went on at the same time. */
    synchronized int mostKnownHung() {
        return mostKnownHung;
    }

    private Seen seen(String name) {
        return seen.computeIfAbsent(name, n -> new Seen());
    }

    private Reading answer(VmId vm) throws InterruptedException {
        Script script = scripts.get(vm.name());
        return script == null ? sample(vm) : script.read(vm);
    }

    /** A snapshot of a VM whose exits go on, 1000 a second. */
    Reading sample(VmId vm) {
        long now = clock.getAsLong();
        return Snapshots.of(vm).atNanos(now).vcpu(0, Math.abs(now / 1_000_000)).build();
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public VmListing vms() {
        try {
            return listing.get();
        } finally {
            listings.incrementAndGet();
            clock.ring();
        }
    }

    @Override
    public int processesBesides() {
        return besides;
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
    public Reading read(VmId vm, Allowance allowance) throws InterruptedException {
        Seen watched = seen(vm.name());
        boolean doubtful = enter(watched);
        boolean timedOut = false;
        try {
            Reading reading = answer(vm);
            timedOut = reading instanceof Failure failure && failure.cause() == Cause.TIMEOUT;
            return reading;
        } finally {
            leave(watched, doubtful, !timedOut);
            clock.ring();
        }
    }

    private boolean enter(Seen vm) {
        boolean doubtful;
        synchronized (vm) {
            vm.reads++;
            vm.inside++;
            vm.most = Math.max(vm.most, vm.inside);
            doubtful = !vm.answered;
        }
        synchronized (this) {
            knownHung += doubtful ? 1 : 0;
            mostKnownHung = Math.max(mostKnownHung, knownHung);
        }
        return doubtful;
    }

    private void leave(Seen vm, boolean doubtful, boolean answered) {
        synchronized (this) {
            knownHung -= doubtful ? 1 : 0;
        }
        synchronized (vm) {
            vm.inside--;
            vm.answered = answered;
        }
    }
}
