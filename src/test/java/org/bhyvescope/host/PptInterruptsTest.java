package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Source;
import org.junit.jupiter.api.Test;

class PptInterruptsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PptDevice PPT0 = device("ppt0", "pci0:3:0:0");
    private static final PptDevice PPT1 = device("ppt1", "pci0:4:0:0");

    private final PptInterrupts interrupts = new PptInterrupts();

    @Test
    void theVectorsOfADeviceAreSummedAndTheFirstReadingIsOnlyABeginning() {
        assertThat(at(10, source("irq256", "ppt0", 5000), source("irq257", "ppt0", 100)))
                .containsExactly(
                        new DeviceInterrupts("ppt0", 0, OptionalDouble.empty(), OptionalDouble.empty(), 2, false));
        assertThat(at(12, source("irq256", "ppt0", 5300), source("irq257", "ppt0", 200)))
                .containsExactly(
                        new DeviceInterrupts("ppt0", 400, OptionalDouble.of(200), OptionalDouble.of(200), 2, false));
    }

    @Test
    void aVectorThatGoesAndComesBackBeginsAnew() {
        at(0, source("irq256", "ppt0", 1_000_000));
        assertThat(total(at(1, source("irq256", "ppt0", 1_000_010)))).isEqualTo(10);

        DeviceInterrupts gone = at(2).get(0);
        assertThat(gone.total()).isEqualTo(10);
        assertThat(gone.rate()).hasValue(0);
        assertThat(gone.vectors()).isZero();

        DeviceInterrupts back = at(3, source("irq256", "ppt0", 1_000_500)).get(0);
        assertThat(back.total()).as("another owner's, perhaps").isEqualTo(10);
        assertThat(back.rate()).isEmpty();
        assertThat(back.vectors()).isEqualTo(1);
        assertThat(total(at(4, source("irq256", "ppt0", 1_000_507)))).isEqualTo(17);
    }

    @Test
    void aSlotThatAnotherDeviceTakesOverDoesNotBringItsOldCount() {
        List<PptDevice> both = List.of(PPT0, PPT1);
        update(0, both, source("irq256", "ppt0", 1_000_000));
        update(1, both, source("irq256", "ppt0", 1_000_100));

        List<DeviceInterrupts> after = update(2, both, source("irq256", "ppt1", 1_000_150));
        assertThat(after).extracting(DeviceInterrupts::total).containsExactly(100.0, 0.0);
        assertThat(update(3, both, source("irq256", "ppt1", 1_000_151)))
                .extracting(DeviceInterrupts::total)
                .containsExactly(100.0, 1.0);
    }

    @Test
    void aNewVectorDoesNotHideTheRateOfTheOthers() {
        at(0, source("irq256", "ppt0", 0));
        DeviceInterrupts now = at(1, source("irq256", "ppt0", 30), source("irq257", "ppt0", 7_000_000))
                .get(0);

        assertThat(now.rate()).hasValue(30);
        assertThat(now.total()).isEqualTo(30);
        assertThat(now.vectors()).isEqualTo(2);
    }

    @Test
    void aStormIsToBeSeenForAMinuteAndThenSilence() {
        at(0, source("irq256", "ppt0", 0));
        at(1, source("irq256", "ppt0", 250_000));
        for (int second = 2; second <= 61; second++) {
            DeviceInterrupts now = at(second, source("irq256", "ppt0", 250_000)).get(0);
            assertThat(now.rate()).hasValue(0);
            assertThat(now.peak()).as("second " + second).hasValue(250_000);
        }
        DeviceInterrupts after = at(62, source("irq256", "ppt0", 250_000)).get(0);
        assertThat(after.peak()).hasValue(0);
        assertThat(after.total()).isEqualTo(250_000);
    }

    @Test
    void aSharedLineIsCountedAndMarked() {
        List<PptDevice> both = List.of(PPT0, PPT1);
        update(0, both, source("irq16", "ppt0 ehci0", 50), source("irq17", "ppt0 ppt1", 5));
        List<DeviceInterrupts> now =
                update(1, both, source("irq16", "ppt0 ehci0", 60), source("irq17", "ppt0 ppt1", 7));

        assertThat(now).extracting(DeviceInterrupts::total).containsExactly(12.0, 2.0);
        assertThat(now).extracting(DeviceInterrupts::shared).containsExactly(true, true);
        assertThat(update(2, both, source("irq16", "ppt0", 61)))
                .as("another handler has gone: a new beginning, and its own alone")
                .containsExactly(
                        new DeviceInterrupts("ppt0", 12, OptionalDouble.empty(), OptionalDouble.of(12), 1, false),
                        new DeviceInterrupts("ppt1", 2, OptionalDouble.of(0), OptionalDouble.of(2), 0, false));
    }

    @Test
    void aCutNameCountsForTheDeviceThatItShows() {
        at(0, source("irq16", "ppt0 ehci0+", 50));
        DeviceInterrupts now = at(1, source("irq16", "ppt0 ehci0+", 51)).get(0);

        assertThat(now.total()).isEqualTo(1);
        assertThat(now.shared()).isTrue();
    }

    @Test
    void aCounterThatFallsIsABeginningAndNeverTakenOff() {
        at(0, source("irq256", "ppt0", 500));
        at(1, source("irq256", "ppt0", 600));
        DeviceInterrupts fallen = at(2, source("irq256", "ppt0", 3)).get(0);

        assertThat(fallen.total()).isEqualTo(100);
        assertThat(fallen.rate()).isEmpty();
        assertThat(total(at(3, source("irq256", "ppt0", 8)))).isEqualTo(105);
    }

    @Test
    void twoSourcesThatLookTheSameAreNotCounted() {
        at(0, source("irq256", "ppt0", 5));
        DeviceInterrupts now = at(1, source("irq256", "ppt0", 9), source("irq256", "ppt0", 4000))
                .get(0);
        assertThat(now.total()).isZero();
        assertThat(now.rate()).isEmpty();
        assertThat(total(at(2, source("irq256", "ppt0", 4001)))).isZero();
    }

    @Test
    void anotherDeviceUnderTheSameNameStartsFromNothing() {
        at(0, source("irq256", "ppt0", 0));
        at(1, source("irq256", "ppt0", 40));
        PptDevice other = device("ppt0", "pci0:9:0:0");

        DeviceInterrupts now =
                update(2, List.of(other), source("irq256", "ppt0", 50)).get(0);
        assertThat(now.total()).isZero();
        assertThat(now.rate()).isEmpty();
        assertThat(now.peak()).isEmpty();
        assertThat(total(update(3, List.of(other), source("irq256", "ppt0", 51))))
                .isEqualTo(1);
    }

    @Test
    void aDeviceThatLearnsItsNamesGoesOn() {
        at(0, source("irq256", "ppt0", 0));
        PptDevice named = new PptDevice(
                "ppt0", "pci0:3:0:0", 0x1002, 0x73af, 0x030000, Optional.of("AMD"), Optional.of("Navi 21"));

        assertThat(total(update(1, List.of(named), source("irq256", "ppt0", 5))))
                .isEqualTo(5);
    }

    @Test
    void aDeviceThatIsFoundLaterIsWatchedFromThen() {
        update(0, List.of(), source("irq256", "ppt0", 0));
        assertThat(update(1, List.of(), source("irq256", "ppt0", 1000))).isEmpty();
        assertThat(total(at(2, source("irq256", "ppt0", 2000)))).isZero();
        assertThat(total(at(3, source("irq256", "ppt0", 2005)))).isEqualTo(5);
    }

    @Test
    void whoHasNotLookedForAMinuteDoesNotKnowWhatASlotHasBeen() {
        at(0, source("irq256", "ppt0", 0));
        at(60, source("irq256", "ppt0", 600));
        DeviceInterrupts late = at(121, source("irq256", "ppt0", 9_000_000)).get(0);

        assertThat(late.total()).isEqualTo(600);
        assertThat(late.rate()).isEmpty();
        assertThat(total(at(122, source("irq256", "ppt0", 9_000_001)))).isEqualTo(601);
    }

    @Test
    void aReadingOfTheSameMomentOrAnEarlierIsPassedOver() {
        at(0, source("irq256", "ppt0", 0));
        List<DeviceInterrupts> first = at(2, source("irq256", "ppt0", 10));

        assertThat(at(2, source("irq256", "ppt0", 500))).isEqualTo(first);
        assertThat(at(1)).isEqualTo(first);
        assertThat(total(at(3, source("irq256", "ppt0", 11)))).isEqualTo(11);
    }

    @Test
    void theMonotonicClockMayBeNegative() {
        update(-5, List.of(PPT0), source("irq256", "ppt0", 0));
        assertThat(update(-4, List.of(PPT0), source("irq256", "ppt0", 9)).get(0).rate())
                .hasValue(9);
    }

    /** Whatever comes: no total falls, no rate is negative, and no more is counted than the slots grew. */
    @Test
    void atRandomNothingIsCountedThatDidNotHappen() {
        Random random = new Random(20261125);
        for (int run = 0; run < 300; run++) {
            PptInterrupts of = new PptInterrupts();
            long[] slots = new long[6];
            String[] owners = new String[6];
            long grown = 0;
            double before = 0;
            for (int second = 0; second < 60; second++) {
                List<Source> sources = new ArrayList<>();
                for (int slot = 0; slot < slots.length; slot++) {
                    int growth = random.nextInt(1000);
                    slots[slot] += growth;
                    if (random.nextInt(5) == 0) {
                        owners[slot] = List.of("ppt0", "ppt1", "ppt0 ehci0", "").get(random.nextInt(4));
                    }
                    if (owners[slot] != null && !owners[slot].isEmpty()) {
                        sources.add(source("irq" + (256 + slot), owners[slot], slots[slot]));
                        grown += growth;
                    }
                }
                List<DeviceInterrupts> now = of.update(new Counted(second * SECOND, sources), List.of(PPT0, PPT1));
                double total = now.stream().mapToDouble(DeviceInterrupts::total).sum();
                assertThat(total).isBetween(before, (double) grown);
                assertThat(now).allSatisfy(d -> {
                    assertThat(d.rate().orElse(0)).isBetween(0.0, 6000.0);
                    assertThat(d.peak().orElse(6000))
                            .isGreaterThanOrEqualTo(d.rate().orElse(0));
                });
                before = total;
            }
            assertThat(before).isPositive();
        }
    }

    @Test
    void aThousandVectorsAreSummed() {
        Source[] first = IntStream.range(0, 1000)
                .mapToObj(i -> source("irq" + i, "ppt0", i))
                .toArray(Source[]::new);
        Source[] second = IntStream.range(0, 1000)
                .mapToObj(i -> source("irq" + i, "ppt0", i + 3))
                .toArray(Source[]::new);
        at(0, first);

        assertThat(at(1, second).get(0).rate()).hasValue(3000);
    }

    private List<DeviceInterrupts> at(int second, Source... sources) {
        return update(second, List.of(PPT0), sources);
    }

    private List<DeviceInterrupts> update(int second, List<PptDevice> devices, Source... sources) {
        return interrupts.update(new Counted(second * SECOND, List.of(sources)), devices);
    }

    private static double total(List<DeviceInterrupts> devices) {
        return devices.get(0).total();
    }

    private static Source source(String irq, String handlers, long count) {
        return new Source(irq, handlers, count);
    }

    private static PptDevice device(String name, String selector) {
        return new PptDevice(name, selector, 0x1002, 0x73af, 0x030000, Optional.empty(), Optional.empty());
    }
}
