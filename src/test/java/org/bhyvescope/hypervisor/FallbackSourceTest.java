package org.bhyvescope.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.os.Allowance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FallbackSourceTest {
    private static final AtomicBoolean LOCKING = new AtomicBoolean();
    private static final VmId WEB = Snapshots.id("web", 1);

    /** A source that gives what it was told to, one after the other, and the last for ever. */
    private static final class Told implements Hypervisor, StateSource {
        private final String name;
        private final Deque<Reading> readings;
        private int reads;

        Told(String name, Reading... readings) {
            this.name = name;
            this.readings = new ArrayDeque<>(List.of(readings));
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public VmListing vms() {
            return new VmListing.Listed(List.of(WEB), List.of());
        }

        @Override
        public Reading read(VmId vm, Allowance allowance) {
            reads++;
            return readings.size() > 1 ? readings.remove() : readings.element();
        }

        @Override
        public OptionalInt readsPerSecond() {
            return name.equals("slow") ? OptionalInt.of(20) : OptionalInt.empty();
        }

        @Override
        public long vcpuReads() {
            return reads;
        }

        @Override
        public StateReading readState(VmId vm, int vcpu, Allowance allowance) {
            return new Failure(Cause.GONE, name);
        }
    }

    private static Snapshot snapshot(long exits, long requests) {
        return Snapshots.of("web")
                .table(TOTAL, HLT, LockWatch.IDLE_REQUESTED)
                .vcpu(0, exits, 0, requests)
                .build();
    }

    private static FallbackSource of(Told first, Told second) {
        return new FallbackSource(first, first, second, second, () -> LOCKING.set(true));
    }

    private static Reading read(FallbackSource source) throws InterruptedException {
        source.vms();
        return source.read(WEB, Allowance.of(Duration.ofSeconds(3)));
    }

    private static String stateSource(FallbackSource source) throws InterruptedException {
        return ((Failure) source.readState(WEB, 0, Allowance.of(Duration.ofSeconds(3)))).detail();
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"DENIED", "NO_OUTPUT", "GARBLED", "EXIT_STATUS"})
    void aFirstFailureOfTheHostTurnsToTheSecondForGood(Cause cause) throws Exception {
        Told first = new Told("fast", new Failure(cause, "VM_STATS: ENOTTY (25)"), snapshot(1, 0));
        FallbackSource source = of(first, new Told("slow", snapshot(7, 0)));
        assertThat(source.name()).isEqualTo("fast");
        assertThat(stateSource(source)).isEqualTo("fast");
        assertThat(source.readsPerSecond()).isEmpty();

        assertThat(((Snapshot) read(source)).value(0, 0)).isEqualTo(7);
        read(source);

        assertThat(source.name()).isEqualTo("slow");
        assertThat(source.why()).isEqualTo("VM_STATS: ENOTTY (25)");
        assertThat(stateSource(source)).isEqualTo("slow");
        assertThat(source.readsPerSecond()).hasValue(20);
        assertThat(first.reads).isEqualTo(1);
        assertThat(source.vcpuReads()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource(
            value = Cause.class,
            names = {"DENIED", "NO_OUTPUT", "GARBLED", "EXIT_STATUS"},
            mode = EnumSource.Mode.EXCLUDE)
    void aFailureOfOneVmDoesNot(Cause cause) throws Exception {
        FallbackSource source =
                of(new Told("fast", new Failure(cause, "made up"), snapshot(1, 0)), new Told("slow", snapshot(7, 0)));

        assertThat(read(source)).isInstanceOf(Failure.class);
        assertThat(((Snapshot) read(source)).value(0, 0)).isEqualTo(1);
        assertThat(source.name()).isEqualTo("fast");
        assertThat(source.why()).isEmpty();
    }

    @Test
    void onceItHasWorkedAFailureIsTheVms() throws Exception {
        FallbackSource source = of(
                new Told("fast", snapshot(1, 0), new Failure(Cause.DENIED, "made up"), snapshot(2, 0)),
                new Told("slow", snapshot(7, 0)));

        read(source);
        assertThat(read(source)).isInstanceOf(Failure.class);
        assertThat(((Snapshot) read(source)).value(0, 0)).isEqualTo(2);
        assertThat(source.name()).isEqualTo("fast");
    }

    private static FallbackSource counting(int samples, LongPair growth) {
        Reading[] readings = new Reading[samples];
        for (int i = 0; i < samples; i++) {
            readings[i] = snapshot(1000 + i * growth.exits(), i * growth.requests());
        }
        return of(new Told("fast", readings), new Told("slow", snapshot(7, 0)));
    }

    private record LongPair(long exits, long requests) {}

    @Test
    void aKernelThatCountsEachOfOurReadingsLocksAndIsLeft() throws Exception {
        LOCKING.set(false);
        FallbackSource source = counting(20, new LongPair(5, 1));
        for (int i = 0; i < LockWatch.SAMPLES; i++) {
            read(source);
            assertThat(source.name()).as("after %d readings", i + 1).isEqualTo("fast");
        }

        assertThat(((Snapshot) read(source)).value(0, 0))
                .as("this reading is good still")
                .isGreaterThan(1000);
        assertThat(source.name()).isEqualTo("slow");
        assertThat(source.why()).contains("stops a vCPU for each of our readings");
        assertThat(LOCKING).as("intervals, turns and counts are told").isTrue();
    }

    @Test
    void oneThatDoesNotOrWhoseVcpusRestIsKept() throws Exception {
        for (LongPair growth :
                List.of(new LongPair(5, 0), new LongPair(0, 1), new LongPair(0, 0), new LongPair(5, 80))) {
            FallbackSource source = counting(40, growth);
            for (int i = 0; i < 40; i++) {
                read(source);
            }
            assertThat(source.name()).as("%s", growth).isEqualTo("fast");
        }
    }

    /** Registers are read by locking on every release, so what was counted meanwhile proves nothing. */
    @Test
    void ourOwnReadingsOfTheStateAreNoProof() throws Exception {
        FallbackSource source = counting(60, new LongPair(5, 1));
        for (int i = 0; i < 60; i++) {
            read(source);
            source.readState(WEB, 0, Allowance.of(Duration.ofSeconds(3)));
        }

        assertThat(source.name()).isEqualTo("fast");
    }

    @Test
    void oneVmThatIsBusyForAMomentIsNotTheHost() throws Exception {
        FallbackSource source = of(
                new Told("fast", new Failure(Cause.NO_OUTPUT, "VM_STATS of vCPU 0: EBUSY (16)"), snapshot(1, 0)),
                new Told("slow", snapshot(7, 0)));

        assertThat(read(source)).isInstanceOf(Failure.class);
        assertThat(source.name()).isEqualTo("fast");
    }

    /** A reader that cannot be started, or has crashed. */
    @Test
    void statesThatCannotBeHadAreReadByTheSecondAndStatisticsGoOn() throws Exception {
        Told first = new Told("fast", snapshot(1, 0));
        FallbackSource source = new FallbackSource(
                first,
                (vm, vcpu, allowance) -> new Failure(Cause.NOT_STARTED, "a reader crashed"),
                new Told("slow", snapshot(7, 0)),
                new Told("slow", snapshot(7, 0)),
                () -> {});

        assertThat(stateSource(source)).isEqualTo("slow");
        assertThat(stateSource(source)).isEqualTo("slow");
        assertThat(((Snapshot) read(source)).value(0, 0)).isEqualTo(1);
        assertThat(source.name()).isEqualTo("fast");
    }

    @Test
    void aReadingThatWasNotCountedBeginsTheProofAnew() throws Exception {
        Reading[] readings = new Reading[60];
        long requests = 0;
        for (int i = 0; i < readings.length; i++) {
            requests += i % (LockWatch.SAMPLES - 1) == 0 ? 0 : 1;
            readings[i] = snapshot(1000 + i, requests);
        }
        FallbackSource source = of(new Told("fast", readings), new Told("slow", snapshot(7, 0)));
        for (int i = 0; i < readings.length; i++) {
            read(source);
        }

        assertThat(source.name()).isEqualTo("fast");
    }

    @Test
    void anotherVmOfTheNameIsNoProof() throws Exception {
        LockWatch watch = new LockWatch();
        for (int i = 0; i < 3 * LockWatch.SAMPLES; i++) {
            assertThat(watch.locks(Snapshots.of(Snapshots.id("web", i))
                            .table(TOTAL, LockWatch.IDLE_REQUESTED)
                            .vcpu(0, 1000 + i, i)
                            .build()))
                    .isFalse();
        }
    }
}
