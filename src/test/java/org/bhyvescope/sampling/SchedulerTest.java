package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With real threads, and a clock that stands still until the test moves it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulerTest {
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final VmId BEAT = Snapshots.id("beat", 2);
    private static final int MANY_STARTS = 1_000_000;

    private final ManualClock clock = new ManualClock();
    private final FakeHypervisor source = new FakeHypervisor(clock);
    private final FakeListener listener = new FakeListener();
    private final Ledger ledger =
            new Ledger(Plans.MEANINGS, new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()));
    private final LogCapture log = new LogCapture(Scheduler.class);
    private final LogCapture failureLog = new LogCapture(FailureLog.class);
    private Scheduler scheduler = scheduler(new Interval(Optional.of(Duration.ofSeconds(1)), MANY_STARTS, false));

    private Scheduler scheduler(Interval interval) {
        return new Scheduler(
                source, ledger, interval, Duration.ofMillis(FakeHypervisor.ALLOWANCE_MILLIS), listener, clock);
    }

    @AfterEach
    void stop() {
        source.end();
        scheduler.close();
        log.close();
        failureLog.close();
    }

    private void advance(long millis) {
        clock.advance(millis);
        Scheduler sleeping = scheduler;
        synchronized (sleeping) {
            sleeping.notifyAll();
        }
    }

    private void await(String what, BooleanSupplier condition) {
        clock.await(what, condition);
    }

    /** Lets seconds pass; in each one, all these VMs must be read before the clock goes on. */
    private void beats(int seconds, List<String> names) {
        for (int i = 0; i < seconds; i++) {
            Map<String, Integer> before = new HashMap<>();
            names.forEach(name -> before.put(name, source.reads(name)));
            advance(1000);
            await(
                    "every one of " + names + " read in second " + i,
                    () -> names.stream().allMatch(name -> source.reads(name) > before.getOrDefault(name, 0)));
        }
    }

    /** Lets time pass until the VMs have been listed again. */
    private void listAgain() {
        int before = source.listings();
        advance(1000);
        await("listed again", () -> source.listings() > before);
    }

    private Optional<VmView> view(String name) {
        return ledger.board().vms().stream()
                .filter(vm -> vm.name().equals(name))
                .findFirst();
    }

    private boolean isSampled(String name) {
        return view(name).flatMap(VmView::sample).isPresent();
    }

    private List<String> errors() {
        return log.lines("ERROR");
    }

    @Test
    void everyVmIsReadOnceAnInterval() {
        source.list(WEB, BEAT);
        scheduler.start();
        await("both read", () -> isSampled("web") && isSampled("beat"));

        beats(20, List.of("web", "beat"));

        assertThat(source.reads("web")).as("the first, then one a second").isEqualTo(21);
        assertThat(view("web").orElseThrow().sample().orElseThrow().plan().totalColumn())
                .isZero();
        assertThat(errors()).isEmpty();
    }

    @Test
    void aVmIsNeverReadByTwoAtATimeHoweverSlowItIs() {
        CountDownLatch open = new CountDownLatch(1);
        source.script("web", vm -> {
            open.await();
            return source.sample(vm);
        });
        source.list(WEB, BEAT);
        scheduler.start();
        await("web being read", () -> source.reads("web") == 1);

        beats(20, List.of("beat"));
        assertThat(source.reads("web")).isEqualTo(1);

        open.countDown();
        await("web read", () -> isSampled("web"));
        beats(3, List.of("web", "beat"));
        assertThat(source.mostAtATime("web")).isEqualTo(1);
    }

    @Test
    void aVmThatVanishesAndComesBackWhileItIsReadIsNotReadByTwo() {
        CountDownLatch open = new CountDownLatch(1);
        source.script("web", vm -> {
            open.await();
            return source.sample(vm);
        });
        source.list(WEB, BEAT);
        scheduler.start();
        await("web being read", () -> source.reads("web") == 1);
        source.list(BEAT);
        listAgain();
        await("web gone", () -> view("web").isEmpty());
        source.list(WEB, BEAT);
        listAgain();
        await("web back", () -> view("web").isPresent());

        beats(5, List.of("beat"));
        assertThat(source.mostAtATime("web")).isEqualTo(1);

        open.countDown();
        await("web read anew", () -> source.reads("web") >= 2 && isSampled("web"));
        assertThat(source.mostAtATime("web")).isEqualTo(1);
    }

    @Test
    void aVmCreatedAgainIsReadWhenTheReadingOfTheOldOneHasEnded() {
        CountDownLatch open = new CountDownLatch(1);
        source.script("web", vm -> {
            if (vm.equals(WEB)) {
                open.await();
            }
            return source.sample(vm);
        });
        source.list(WEB, BEAT);
        scheduler.start();
        await("web being read", () -> source.reads("web") == 1);
        source.list(Snapshots.id("web", 99), BEAT);
        listAgain();

        beats(5, List.of("beat"));
        assertThat(source.mostAtATime("web")).isEqualTo(1);

        open.countDown();
        await("the new web read", () -> isSampled("web"));
        assertThat(view("web")
                        .orElseThrow()
                        .sample()
                        .orElseThrow()
                        .snapshot()
                        .vm()
                        .inode())
                .isEqualTo(99);
    }

    @Test
    void withHalfOf32VmsHangingFromTheStartTheOtherHalfStaysFresh() {
        List<VmId> vms =
                IntStream.range(0, 32).mapToObj(i -> Snapshots.id("vm" + i, i)).toList();
        List<String> well =
                vms.stream().map(VmId::name).filter(name -> isEven(name)).toList();
        vms.stream().map(VmId::name).filter(name -> !isEven(name)).forEach(source::hang);
        source.list(new VmListing.Listed(vms, List.of()));
        scheduler.start();
        await("every well VM found a place", () -> {
            advance(100);
            return well.stream().allMatch(this::isSampled);
        });

        beats(60, well);

        assertThat(source.mostKnownHung()).isEqualTo(Scheduler.LANE_WIDTH);
        await("every hanging VM is tried again and again", () -> {
            advance(1000);
            return vms.stream().allMatch(vm -> source.reads(vm.name()) >= 3);
        });
        assertThat(vms).allMatch(vm -> source.mostAtATime(vm.name()) == 1);
        assertThat(errors()).isEmpty();
    }

    @Test
    void when16Of32VmsBeginToHangTheOthersAreFreshAgainAfterTwoAllowances() {
        List<VmId> vms =
                IntStream.range(0, 32).mapToObj(i -> Snapshots.id("vm" + i, i)).toList();
        List<String> all = vms.stream().map(VmId::name).toList();
        List<String> well = all.stream().filter(name -> isEven(name)).toList();
        List<String> hung = all.stream().filter(name -> !isEven(name)).toList();
        source.list(new VmListing.Listed(vms, List.of()));
        scheduler.start();
        await("all read", () -> all.stream().allMatch(this::isSampled));
        beats(3, all);

        hung.forEach(source::hang);
        await("each has hung once", () -> {
            advance(100);
            return hung.stream()
                    .allMatch(name -> view(name).orElseThrow().errors().containsKey(Cause.TIMEOUT));
        });

        beats(60, well);
        assertThat(source.mostKnownHung()).isEqualTo(Scheduler.LANE_WIDTH);
        assertThat(hung).allMatch(name -> view(name).orElseThrow().state().equals(Optional.of(VmState.UNREADABLE)));

        hung.forEach(name -> source.script(name, source::sample));
        await("all are read again", () -> {
            advance(1000);
            return hung.stream().allMatch(this::isSampled);
        });
        beats(3, all);
    }

    private static boolean isEven(String name) {
        return Integer.parseInt(name.substring(2)) % 2 == 0;
    }

    @Test
    void anExceptionInTheSourceIsAnInternalFailureAndSamplingGoesOn() {
        source.script("web", vm -> {
            throw new IllegalStateException("bug in the source");
        });
        source.list(WEB, BEAT);
        scheduler.start();
        await(
                "counted",
                () -> view("web").isPresent()
                        && view("web").orElseThrow().errors().containsKey(Cause.INTERNAL));
        beats(3, List.of("beat"));
        assertThat(errors()).isNotEmpty().allMatch(line -> line.contains("internal error while reading VM \"web\""));
        assertThat(failureLog.lines("cannot be read"))
                .containsExactly("WARN VM \"web\" cannot be read (internal): internal error: "
                        + "java.lang.IllegalStateException: bug in the source");

        source.script("web", source::sample);
        await("web recovers", () -> {
            advance(1000);
            return isSampled("web");
        });
    }

    @Test
    void aSnapshotThatTheBooksCannotTakeIsAnInternalFailureAndCostsNoWorker() {
        StatTable table = new StatTable(List.of(Snapshots.TOTAL));
        List<VmId> mad = IntStream.range(0, 2 * Scheduler.LANE_WIDTH + 1)
                .mapToObj(i -> Snapshots.id("mad" + i, i))
                .toList();
        for (VmId each : mad) {
            source.script(
                    each.name(),
                    vm -> new Snapshot(
                            vm,
                            0,
                            clock.getAsLong(),
                            CpuSet.of(0),
                            CpuSet.NONE,
                            Optional.empty(),
                            table,
                            List.of(new Snapshot.Row(clock.getAsLong(), new long[0]))));
        }
        List<VmId> all = new ArrayList<>(mad);
        all.add(BEAT);
        source.list(new VmListing.Listed(all, List.of()));
        scheduler.start();

        await("all counted", () -> {
            advance(1000);
            return mad.stream()
                    .allMatch(vm -> view(vm.name())
                            .filter(view -> view.errors().containsKey(Cause.INTERNAL))
                            .isPresent());
        });
        await("the other one read", () -> isSampled("beat"));
        beats(3, List.of("beat"));
        assertThat(scheduler.isReady()).isTrue();
    }

    @Test
    void aVmRemovedWhileItIsReadLeavesNothingBehind() {
        CountDownLatch open = new CountDownLatch(1);
        source.script("web", vm -> {
            open.await();
            return new Failure(Cause.GONE, "destroyed");
        });
        source.list(WEB, BEAT);
        scheduler.start();
        await("web being read and beat read", () -> source.reads("web") == 1 && isSampled("beat"));
        source.list(BEAT);
        listAgain();
        await("web gone", () -> view("web").isEmpty());
        long before = listener.samples.get();

        open.countDown();
        await("the reading has ended", () -> listener.samples.get() > before);

        beats(5, List.of("beat"));
        assertThat(view("web")).isEmpty();
        assertThat(source.reads("web")).isEqualTo(1);
        assertThat(failureLog.lines()).isEmpty();
        assertThat(log.lines()).contains("INFO VM \"web\" has gone");
        assertThat(errors()).isEmpty();
    }

    @Test
    void aVmThatGoesAndComesIsLoggedOnceEachTime() {
        source.list(WEB);
        scheduler.start();
        await("read", () -> isSampled("web"));
        beats(5, List.of("web"));
        source.list();
        listAgain();
        await("gone", () -> view("web").isEmpty());
        source.list(WEB);
        listAgain();
        await("back", () -> isSampled("web"));

        assertThat(log.lines())
                .containsExactly("INFO VM \"web\" found", "INFO VM \"web\" has gone", "INFO VM \"web\" found");
    }

    @Test
    void itIsReadyWhenEveryListedVmHasBeenReadOrHasFailedOnce() {
        CountDownLatch listed = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        source.list(() -> {
            awaitQuietly(listed);
            return new VmListing.Listed(List.of(WEB, BEAT), List.of());
        });
        source.script("web", vm -> {
            open.await();
            return new Failure(Cause.DENIED, "");
        });
        assertThat(scheduler.isReady()).as("not started").isFalse();
        scheduler.start();
        assertThat(scheduler.isReady()).as("not listed").isFalse();

        listed.countDown();
        await("one read", () -> isSampled("beat"));
        assertThat(scheduler.isReady()).as("the other not tried yet").isFalse();

        open.countDown();
        await("ready, although one failed", scheduler::isReady);
    }

    @Test
    void onceReadyItStaysReadyWhenAVmAppears() {
        CountDownLatch open = new CountDownLatch(1);
        source.script("web", vm -> {
            open.await();
            return source.sample(vm);
        });
        source.list(BEAT);
        scheduler.start();
        await("ready", scheduler::isReady);
        source.list(WEB, BEAT);
        listAgain();
        await("web there", () -> view("web").isPresent());
        assertThat(scheduler.isReady()).isTrue();
        open.countDown();
    }

    @Test
    void aHostWithoutVmmIsReadyAndHasNoVms() {
        source.list(new VmListing.NoVmm("/dev/vmm"));
        scheduler.start();
        await("ready", scheduler::isReady);
        listAgain();
        listAgain();
        await("counted", () -> listener.suppressed.get() >= 1);

        assertThat(ledger.board()).isEqualTo(new Board(List.of(), 0, HostView.NONE));
        assertThat(log.lines()).containsExactly("WARN /dev/vmm is not there: no VMs (is vmm.ko loaded?)");
    }

    @Test
    void whenVmmIsUnloadedTheVmsAreGone() {
        source.list(WEB);
        scheduler.start();
        await("read", () -> isSampled("web"));
        source.list(new VmListing.NoVmm("/dev/vmm"));
        listAgain();

        await("gone", () -> ledger.board().vms().isEmpty());
    }

    @Test
    void aFailureToListIsLoggedOnceCountedAndKeepsTheVms() {
        source.list(WEB);
        scheduler.start();
        await("read", () -> isSampled("web"));
        source.list(new VmListing.Failed("no right to list /dev/vmm"));
        beats(5, List.of("web"));
        await("counted", () -> ledger.board().listingErrors() >= 4);

        assertThat(log.lines("WARN")).containsExactly("WARN VMs cannot be listed: no right to list /dev/vmm");
        await(
                "and the rest suppressed",
                () -> listener.suppressed.get() >= ledger.board().listingErrors() - 1);

        source.list(WEB);
        listAgain();
        source.list(new VmListing.Failed("no right to list /dev/vmm"));
        listAgain();
        await("after a success it is news again", () -> log.lines("WARN").size() == 2);
    }

    @Test
    void aHostThatCannotBeListedIsNotReady() {
        source.list(new VmListing.Failed("no right"));
        scheduler.start();
        await("tried twice", () -> {
            advance(1000);
            return ledger.board().listingErrors() >= 2;
        });

        assertThat(scheduler.isReady()).isFalse();
    }

    @Test
    void anExceptionWhileListingIsAFailureToListAndSamplingGoesOn() {
        source.list(WEB);
        scheduler.start();
        await("read", () -> isSampled("web"));
        source.list(() -> {
            throw new IllegalStateException("bug in the listing");
        });

        beats(10, List.of("web"));

        await("counted", () -> ledger.board().listingErrors() >= 9);
        assertThat(errors()).as("one stack trace").hasSize(1);
        assertThat(log.lines("WARN")).hasSize(1).first().asString().contains("bug in the listing");
    }

    @Test
    void anUnusableNameIsLoggedOnceInOneLine() {
        source.list(new VmListing.Listed(List.of(WEB), List.of("\"x\nERROR y\": is not UTF-8")));
        scheduler.start();
        await("read", () -> isSampled("web"));
        beats(5, List.of("web"));

        assertThat(log.lines("WARN")).containsExactly("WARN not monitored: VM \"x?ERROR y\": is not UTF-8");
    }

    @Test
    void theIntervalIsStretchedToTheProcessStartsItTakesAndSaidOnce() {
        Snapshots big = Snapshots.of(WEB);
        IntStream.range(0, 32).forEach(vcpu -> big.vcpu(vcpu, 1));
        Snapshot of32 = big.build();
        source.script("web", vm -> of32);
        source.list(WEB);
        scheduler = scheduler(new Interval(Optional.empty(), 20, false));
        scheduler.start();
        await("stretched", () -> listener.intervals.contains(2.0));
        source.list();
        listAgain();
        await("shortened", () -> listener.intervals.size() == 3);
        source.list(WEB);
        listAgain();
        await("stretched again", () -> listener.intervals.size() == 4);

        assertThat(listener.intervals).containsExactly(1.0, 2.0, 1.0, 2.0);
        assertThat(log.lines("WARN"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("WARN statistics interval stretched from 1000 to 2000 ms: 32 vCPUs");
    }

    @Test
    void whatAReadingStartsBesidesItsVcpusIsPlannedWith() {
        Snapshots big = Snapshots.of(WEB);
        IntStream.range(0, 33).forEach(vcpu -> big.vcpu(vcpu, 1));
        Snapshot of33 = big.build();
        // Before its first reading a VM is taken for one of one vCPU: 16 processes need no longer interval.
        source.besides = 15;
        source.script("web", vm -> of33);
        source.list(WEB);
        scheduler = scheduler(new Interval(Optional.empty(), 20, false));
        scheduler.start();
        await("stretched", () -> listener.intervals.contains(3.0));

        assertThat(log.lines("WARN")).singleElement().asString().contains("33 vCPUs take 48 processes");
    }

    @Test
    void itTellsHowLongTheDecidingThreadHasBeenSilent() {
        CountDownLatch open = new CountDownLatch(1);
        source.list(WEB);
        scheduler.start();
        await("read", () -> isSampled("web"));
        source.list(() -> {
            awaitQuietly(open);
            return new VmListing.Listed(List.of(WEB), List.of());
        });
        await("stuck in the listing", () -> {
            advance(1000);
            return scheduler.silentNanos() >= TimeUnit.SECONDS.toNanos(60);
        });

        open.countDown();
        await("at work again", () -> {
            advance(1);
            return scheduler.silentNanos() < TimeUnit.SECONDS.toNanos(2);
        });
    }

    @Test
    void closeReturnsSoonWhileMoreVmsThanThereAreWorkersCannotBeInterrupted() {
        List<VmId> vms =
                IntStream.range(0, 20).mapToObj(i -> Snapshots.id("vm" + i, i)).toList();
        vms.forEach(vm -> source.sleepInTheKernel(vm.name()));
        source.list(new VmListing.Listed(vms, List.of()));
        scheduler.start();
        await(
                "all doubtful workers asleep",
                () -> vms.stream().filter(vm -> source.reads(vm.name()) > 0).count() == Scheduler.LANE_WIDTH);

        long begun = System.nanoTime();
        scheduler.close();

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
        assertThat(errors()).isEmpty();
    }

    @Test
    void closeInterruptsReadingsAndEndsTheThreads() throws InterruptedException {
        AtomicReference<Thread> reader = new AtomicReference<>();
        CountDownLatch interrupted = new CountDownLatch(1);
        source.script("web", vm -> {
            reader.set(Thread.currentThread());
            try {
                clock.pass(Long.MAX_VALUE / 4_000_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return source.sample(vm);
        });
        source.list(WEB);
        scheduler.start();
        await("being read", () -> reader.get() != null);

        scheduler.close();

        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        Thread thread = Objects.requireNonNull(reader.get());
        thread.join(20_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(view("web").orElseThrow().errors())
                .as("stopping is no failure")
                .isEmpty();
        assertThat(errors()).isEmpty();
        assertThat(failureLog.lines()).isEmpty();
    }

    @Test
    void closingWhileTheVmsAreListedIsNoError() throws InterruptedException {
        AtomicReference<Thread> decider = new AtomicReference<>();
        source.list(() -> {
            decider.set(Thread.currentThread());
            scheduler.close();
            return new VmListing.Listed(List.of(WEB), List.of());
        });
        scheduler.start();
        await("listed", () -> source.listings() == 1);
        Thread thread = Objects.requireNonNull(decider.get());
        thread.join(20_000);

        assertThat(thread.isAlive()).isFalse();
        assertThat(errors()).isEmpty();
        assertThat(source.reads("web")).isZero();
    }

    @Test
    void closingBeforeTheStartAndTwiceIsHarmless() {
        scheduler.close();
        scheduler.close();

        assertThat(source.listings()).isZero();
        assertThat(errors()).isEmpty();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
