package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.AMD;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Dumps;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.StateSource;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.Allowance;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With its real thread, and a clock that stands still until the test moves it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StateScheduleTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final VmId BAD = Snapshots.id("bad", 2);

    private final ManualClock clock = new ManualClock();
    private final Source source = new Source();
    private final FakeListener listener = new FakeListener();
    private final LogCapture log = new LogCapture(StateSchedule.class);
    private final LogCapture failureLog = new LogCapture(FailureLog.class);
    private final Ledger ledger =
            new Ledger(Plans.MEANINGS, new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()));
    private final List<VcpuState> kept = Collections.synchronizedList(new ArrayList<>());
    private StateSchedule schedule = schedule(Duration.ofSeconds(10));
    private long exits = 1000;

    private StateSchedule schedule(Duration interval) {
        return new StateSchedule(
                source,
                ledger,
                new StateSchedule.Settings(
                        new StateInterval(Optional.of(interval), false),
                        new Interval(Optional.of(Duration.ofSeconds(1)), 20, false),
                        Duration.ofSeconds(3),
                        OptionalLong.of(1_403_000)),
                listener,
                kept::add,
                clock);
    }

    /** Answers as it is told, and notes what it is asked for. */
    private final class Source implements StateSource {
        private final Map<String, Cause> failing = new ConcurrentHashMap<>();
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private final AtomicInteger inside = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final CountDownLatch forEver = new CountDownLatch(1);
        private volatile boolean broken;
        private final AtomicLong locking = new AtomicLong(-1);
        private volatile boolean hanging;

        @Override
        public StateReading readState(VmId vm, int vcpu, Allowance allowance) throws InterruptedException {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            asked.add(vm.name() + " " + vcpu);
            try {
                if (hanging) {
                    forEver.await();
                }
                locking.updateAndGet(n -> n < 0 ? n : n + 12);
                if (broken) {
                    throw new IllegalStateException("a bug");
                }
                Cause cause = failing.get(vm.name());
                return cause == null
                        ? Dumps.state(vm, vcpu, 0x78, Dumps.rtc().toEpochMilli())
                        : new Failure(cause, "made up");
            } finally {
                inside.decrementAndGet();
                clock.ring();
            }
        }

        @Override
        public OptionalLong lockingReads() {
            return locking.get() < 0 ? OptionalLong.empty() : OptionalLong.of(locking.get());
        }
    }

    @AfterEach
    void stop() {
        schedule.close();
        log.close();
        failureLog.close();
    }

    /** A sample of each VM now, in which every vCPU has moved. */
    private void sample(int vcpus, VmId... vms) {
        ledger.reconcile(List.of(vms));
        exits += 1000;
        for (VmId vm : vms) {
            Snapshots snapshot = Snapshots.of(vm).table(TOTAL, AMD).atNanos(clock.getAsLong());
            for (int vcpu = 0; vcpu < vcpus; vcpu++) {
                snapshot.vcpu(vcpu, exits, 0);
            }
            ledger.accept(vm, snapshot.build());
        }
    }

    private void pass(long millis) {
        clock.advance(millis);
        wake();
    }

    private void wake() {
        StateSchedule sleeping = schedule;
        synchronized (sleeping) {
            sleeping.notifyAll();
        }
    }

    private void awaitAsked(int count) {
        clock.await("asked " + count + " times, not " + source.asked, () -> {
            wake();
            return source.asked.size() >= count;
        });
    }

    private StateView states(String vm) {
        return ledger.board().vms().stream()
                .filter(v -> v.name().equals(vm))
                .map(VmView::vcpuStates)
                .findFirst()
                .orElse(StateView.NONE);
    }

    @Test
    void everyVcpuIsReadInItsTurnAndPosted() {
        sample(2, WEB);
        pass(1000);
        sample(2, WEB);
        schedule.start();
        awaitAsked(1);
        clock.await("posted", () -> states("web").vcpus().size() == 1);
        for (int i = 0; i < 5; i++) {
            pass(1000);
            sample(2, WEB);
        }
        awaitAsked(2);
        clock.await("posted", () -> states("web").vcpus().size() == 2);

        assertThat(source.asked).containsExactly("web 0", "web 1");
        assertThat(states("web").vcpus())
                .extracting(v -> v.exitName().orElse(""))
                .containsOnly("VMEXIT_HLT");
        assertThat(listener.stateIntervals).containsExactly(10.0);
        clock.await("told", () -> listener.lockingReads.size() == 2);
        assertThat(listener.lockingReads).as("AMD, 14").containsExactly(85, 85);
        assertThat(source.most).hasValue(1);
    }

    @Test
    void aSourceThatCountsItsLockingReadsIsBelievedWhateverComesOfThem() {
        source.locking.set(1000);
        source.failing.put("bad", Cause.EXIT_STATUS);
        sample(1, WEB, BAD);
        pass(1000);
        sample(1, WEB, BAD);
        schedule.start();
        awaitAsked(1);
        for (int i = 0; i < 5; i++) {
            pass(1000);
            sample(1, WEB, BAD);
        }
        awaitAsked(2);
        clock.await("told", () -> listener.lockingReads.size() == 2);

        assertThat(source.asked).containsExactlyInAnyOrder("web 0", "bad 0");
        assertThat(listener.lockingReads).containsExactly(12, 12);
    }

    @Test
    void nothingIsReadThatStandsStillAndNothingIfItIsOff() throws Exception {
        schedule = schedule(Duration.ZERO);
        sample(1, WEB);
        pass(1000);
        sample(1, WEB);
        schedule.start();
        pass(60_000);
        assertThat(listener.stateIntervals).isEmpty();

        schedule = schedule(Duration.ofSeconds(10));
        schedule.start();
        sample(1, BAD);
        pass(1000);
        // Its first sample only: whether it moves is not known. WEB has gone.
        sample(1, WEB, BAD);
        pass(100);
        awaitAsked(1);

        assertThat(source.asked).containsExactly("bad 0");
    }

    @Test
    void aFailureIsCountedLoggedOnceAndEndsWithAWord() {
        source.failing.put("bad", Cause.TIMEOUT);
        sample(1, BAD);
        pass(1000);
        sample(1, BAD);
        schedule.start();
        for (int i = 1; i <= 3; i++) {
            awaitAsked(i);
            int count = i;
            clock.await("counted", () -> states("bad").errors().getOrDefault(Cause.TIMEOUT, 0L) == count);
            pass(20_000);
            sample(1, BAD);
        }
        source.failing.clear();
        awaitAsked(4);
        clock.await("read", () -> !states("bad").vcpus().isEmpty());

        clock.await("said", () -> failureLog.lines().size() == 2);
        assertThat(failureLog.lines())
                .containsExactly(
                        "WARN the state of VM \"bad\" cannot be read (timeout): made up",
                        "INFO the state of VM \"bad\" can be read again after 3 failures");
        assertThat(listener.suppressed).hasValue(2);
        assertThat(states("bad").errors()).as("the count stays").containsEntry(Cause.TIMEOUT, 3L);
    }

    @Test
    void aStateThatIsNotRenewedForThreeIntervalsIsWithheld() {
        sample(1, WEB);
        pass(1000);
        sample(1, WEB);
        schedule.start();
        clock.await("posted", () -> states("web").vcpus().size() == 1);
        source.failing.put("web", Cause.GARBLED);

        pass(30_000);
        wake();
        assertThat(states("web").vcpus()).as("as old as it may be").hasSize(1);
        pass(1);
        clock.await("withheld", () -> {
            wake();
            return states("web").vcpus().isEmpty();
        });

        assertThat(states("web").facts()).isEmpty();
    }

    @Test
    void aStretchedIntervalIsToldAndLoggedOnce() {
        sample(30, WEB);
        pass(1000);
        sample(30, WEB);
        schedule.start();
        awaitAsked(1);
        clock.await("told", () -> listener.stateIntervals.size() == 2);

        assertThat(listener.stateIntervals).containsExactly(10.0, 15.0);
        assertThat(log.lines("stretched from 10000 to 15000 ms")).hasSize(1);
    }

    @Test
    void aBugIsLoggedAndDoesNotEndIt() {
        source.broken = true;
        sample(1, WEB);
        pass(1000);
        sample(1, WEB);
        schedule.start();
        awaitAsked(1);
        clock.await("counted", () -> states("web").errors().containsKey(Cause.INTERNAL));
        source.broken = false;
        pass(20_000);
        sample(1, WEB);
        clock.await("read", () -> {
            wake();
            return states("web").vcpus().size() == 1;
        });

        assertThat(log.lines("ERROR")).hasSize(1);
    }

    @Test
    void itStopsInTheMiddleOfAReading() {
        source.hanging = true;
        sample(1, WEB);
        pass(1000);
        sample(1, WEB);
        schedule.start();
        awaitAsked(1);

        schedule.close();

        clock.await("left", () -> source.inside.get() == 0);
    }
}
