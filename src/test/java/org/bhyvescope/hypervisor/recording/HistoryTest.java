package org.bhyvescope.hypervisor.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
    private static final long SMALL = 1 << 20;

    /** Earlier than anything whose monotonic times are not negative. */
    private static final long ALL = 0;

    private static List<String> texts(Iterator<Snapshot> snapshots) {
        List<String> texts = new ArrayList<>();
        snapshots.forEachRemaining(snapshot -> texts.add(Same.text(snapshot)));
        return texts;
    }

    private static Snapshot at(String vm, int second, long... values) {
        return Snapshots.of(vm).at(second).vcpu(0, values).build();
    }

    /** One whose bytes cannot be packed well. */
    private static Snapshot large(String vm, int second, Random random) {
        String[] columns = IntStream.range(0, 100).mapToObj(i -> "s" + i).toArray(String[]::new);
        Snapshots snapshots = Snapshots.of(vm).table(columns).at(second);
        for (int vcpu = 0; vcpu < 16; vcpu++) {
            snapshots.vcpu(vcpu, random.longs(100).toArray());
        }
        return snapshots.build();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
    void whatWasAddedIsReadBitByBit(long seed) {
        Random random = new Random(seed);
        History history = new History(16L << 20);
        List<RandomVm> vms =
                List.of(new RandomVm("a", random), new RandomVm("b \u65e5", random), new RandomVm("", random));
        Map<String, List<String>> expected = new TreeMap<>();
        Map<String, Long> first = new TreeMap<>();
        for (int i = 0; i < 3000; i++) {
            Snapshot snapshot = vms.get(random.nextInt(vms.size())).next();
            history.add(snapshot);
            first.putIfAbsent(snapshot.vm().name(), snapshot.endNanos());
            expected.computeIfAbsent(snapshot.vm().name(), name -> new ArrayList<>())
                    .add(Same.text(snapshot));
        }
        expected.forEach((vm, texts) -> assertThat(texts(history.read(vm, first.getOrDefault(vm, 0L))))
                .as(vm)
                .isEqualTo(texts));
        assertThat(history.read("c", ALL).hasNext()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void aFullRingHoldsTheNewestWithoutAGapAndKeepsItsBound(long seed) {
        Random random = new Random(seed);
        History history = new History(SMALL);
        List<String> names = List.of("a", "b", "c");
        Map<String, List<String>> added = new TreeMap<>();
        for (int second = 0; second < 150; second++) {
            for (String name : names) {
                Snapshot snapshot = large(name, second, random);
                history.add(snapshot);
                added.computeIfAbsent(name, n -> new ArrayList<>()).add(Same.text(snapshot));
                assertThat(history.bytes()).isLessThanOrEqualTo(SMALL);
            }
        }
        for (String name : names) {
            List<String> all = added.getOrDefault(name, List.of());
            List<String> read = texts(history.read(name, ALL));
            assertThat(read).hasSizeBetween(5, 149).isEqualTo(all.subList(all.size() - read.size(), all.size()));
        }
    }

    @Test
    void aVmThatHasGoneAgesOutAfterAWhileAndNotBefore() {
        Random random = new Random(31);
        History history = new History(SMALL);
        for (int second = 0; second < 5; second++) {
            history.add(large("gone", second, random));
        }
        for (int second = 5; second < 10; second++) {
            history.add(large("stays", second, random));
        }
        assertThat(texts(history.read("gone", ALL))).hasSize(5);

        for (int second = 1000; second < 1200; second++) {
            history.add(large("stays", second, random));
        }
        assertThat(history.read("gone", ALL).hasNext()).isFalse();
    }

    @Test
    void manyNamesThatComeAndGoKeepTheBound() {
        History history = new History(SMALL);
        for (int i = 0; i < 20_000; i++) {
            history.add(at("vm-" + i, i, i));
            assertThat(history.bytes()).isLessThanOrEqualTo(SMALL);
        }
        assertThat(texts(history.read("vm-19999", ALL))).hasSize(1);
        assertThat(texts(history.read("vm-19990", ALL))).hasSize(1);
        assertThat(history.read("vm-0", ALL).hasNext()).isFalse();
    }

    @Test
    void aSnapshotLargerThanTheRingIsLeftOutAndTheNextIsKept() {
        Random random = new Random(41);
        History history = new History(SMALL);
        String[] columns = IntStream.range(0, 100).mapToObj(i -> "s" + i).toArray(String[]::new);
        Snapshots giant = Snapshots.of("a").table(columns).at(1);
        for (int vcpu = 0; vcpu < 2000; vcpu++) {
            giant.vcpu(vcpu, random.longs(100).toArray());
        }
        history.add(giant.build());
        history.add(at("a", 2, 7));

        assertThat(texts(history.read("a", ALL))).containsExactly(Same.text(at("a", 2, 7)));
        assertThat(history.bytes()).isLessThanOrEqualTo(SMALL);
    }

    @Test
    void onlyWhatEndedThenOrLaterIsRead() {
        History history = new History(SMALL);
        List<String> all = new ArrayList<>();
        for (int second = 0; second < 10_000; second++) {
            history.add(at("a", second, second));
            all.add(Same.text(at("a", second, second)));
        }
        for (long since : new long[] {0, 1, 4999, 9998, 9999}) {
            assertThat(texts(history.read("a", since * 1_000_000_000))).isEqualTo(all.subList((int) since, all.size()));
        }
        assertThat(history.read("a", 10_000L * 1_000_000_000).hasNext()).isFalse();
    }

    @Test
    void whatAgesOutWhileItIsReadIsLeftOutAndWhatComesLaterIsNotRead() {
        Random random = new Random(51);
        History history = new History(SMALL);
        for (int second = 0; second < 100; second++) {
            history.add(large("a", second, random));
        }
        int before = texts(history.read("a", ALL)).size();
        Iterator<Snapshot> reader = history.read("a", ALL);
        Snapshot first = reader.next();
        for (int second = 100; second < 1000; second++) {
            history.add(large("a", second, random));
        }
        List<Long> rest = new ArrayList<>(List.of(first.endNanos()));
        reader.forEachRemaining(snapshot -> rest.add(snapshot.endNanos()));

        assertThat(rest).isSorted().hasSizeLessThanOrEqualTo(before);
        assertThat(Collections.max(rest)).isLessThan(100L * 1_000_000_000);
        assertThatThrownBy(reader::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void aHistoryOfNothingKeepsNothing() {
        History history = new History(0);
        history.add(at("a", 1, 1));

        assertThat(history.read("a", ALL).hasNext()).isFalse();
        assertThat(history.bytes()).isZero();
    }

    @Test
    void theSnapshotsOfOneTableShareIt() {
        History history = new History(SMALL);
        history.add(at("a", 1, 1));
        history.add(at("a", 2, 2));
        Iterator<Snapshot> reader = history.read("a", ALL);

        assertThat(reader.next().table()).isSameAs(reader.next().table());
    }

    @Test
    void severalThreadsAddAndReadAtATime() throws Exception {
        History history = new History(SMALL);
        List<Thread> threads = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (String name : List.of("a", "b", "c")) {
            Thread writer = new Thread(() -> {
                Random random = new Random(name.hashCode());
                for (int second = 0; second < 300; second++) {
                    history.add(large(name, second, random));
                }
            });
            Thread reader = new Thread(() -> {
                for (int i = 0; i < 30; i++) {
                    long previous = -1;
                    Iterator<Snapshot> snapshots = history.read(name, ALL);
                    while (snapshots.hasNext()) {
                        long now = snapshots.next().endNanos();
                        if (now <= previous) {
                            throw new AssertionError(now + " after " + previous);
                        }
                        previous = now;
                    }
                }
            });
            threads.addAll(List.of(writer, reader));
        }
        for (Thread thread : threads) {
            thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        int found = 0;
        for (String name : List.of("a", "b", "c")) {
            Random random = new Random(name.hashCode());
            List<String> all = IntStream.range(0, 300)
                    .mapToObj(second -> Same.text(large(name, second, random)))
                    .toList();
            List<String> read = texts(history.read(name, ALL));
            assertThat(read).isEqualTo(all.subList(all.size() - read.size(), all.size()));
            found += read.size();
        }
        assertThat(found).as("what was added last is there").isGreaterThan(10);
    }
}
