package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Failed;
import org.bhyvescope.host.InterruptReading.Source;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelInterruptsTest {
    private static final long NOW = 42;

    private final FakeVmm fake = FakeVmm.fresh();
    private final KernelInterrupts kernel = new KernelInterrupts(() -> NOW);

    @ParameterizedTest
    @ValueSource(ints = {20, 39})
    void theLengthOfASlotFollowsFromTheLengthsOfBoth(int stride) {
        fake.tell(
                "stride " + stride,
                "irqs 600",
                "irq 1 12 irq1: atkbd0",
                "irq 2 0 stray irq1",
                "irq 3 77 cpu0:timer",
                "irq 7 1000 irq16: ppt0 ehci0",
                "irq 500 123456789012 irq256: ppt0",
                "irq 502 0 irq257: ppt1",
                "irq 504 99 irq258:");

        assertThat(kernel.read())
                .isEqualTo(new Counted(
                        NOW,
                        List.of(
                                new Source("irq16", "ppt0 ehci0", 1000),
                                new Source("irq256", "ppt0", 123456789012L),
                                new Source("irq257", "ppt1", 0))));
        assertThat(fake.count("violations")).isZero();
        assertThat(fake.log()).hasSize(6);
    }

    @Test
    void aHostWithoutSuchASourceHasNone() {
        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of()));
    }

    @Test
    void aTableThatChangesFromOneReadingToTheNextIsLookedThroughAgain() {
        fake.tell("irq 5 7 irq256: ppt0");
        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt0", 7))));
        fake.tell("irq 5 8 irq256: ppt0");
        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt0", 8))));
        fake.tell("irq 5 9 irq256: ppt1", "irq 6 1 irq257: ppt0");
        assertThat(kernel.read())
                .isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt1", 9), new Source("irq257", "ppt0", 1))));
        fake.tell("reset", "stride 39", "irq 1 3 irq256: ppt1");
        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt1", 3))));
    }

    @Test
    void aSlotThatChangesHandsWhileItIsReadIsReadAgain() {
        fake.tell("irq 5 1000000 irq256: nvme0", "irqafter 1 5 1000003 irq256: ppt0");

        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt0", 1000003))));
    }

    @Test
    void aTableThatAlwaysChangesIsNotRead() {
        fake.tell("irq 5 7 irq256: ppt0", "irqafter 1 5 7 irq256:", "irqafter 2 5 8 irq256: ppt1", "irqafter 3 5 9 x");

        assertThat(kernel.read()).isEqualTo(new Failed("interrupts were set up or torn down while they were read"));
    }

    @Test
    void fromTheKernelToWhatADeviceInterrupts() {
        PptDevice device =
                new PptDevice("ppt0", "pci0:3:0:0", 0x1002, 0x73af, 0x030000, Optional.empty(), Optional.empty());
        AtomicLong nanos = new AtomicLong();
        KernelInterrupts ticking = new KernelInterrupts(() -> nanos.addAndGet(1_000_000_000));
        PptInterrupts interrupts = new PptInterrupts();
        Supplier<DeviceInterrupts> next = () ->
                interrupts.update((Counted) ticking.read(), List.of(device)).get(0);

        fake.tell("irq 5 7000 irq256: ppt0");
        assertThat(next.get().rate()).as("a beginning").isEmpty();
        fake.tell("irq 5 7250 irq256: ppt0");
        assertThat(next.get().rate()).hasValue(250);
        fake.tell("irq 5 7250 irq256:");
        assertThat(next.get().vectors()).as("the guest let go of it").isZero();
        fake.tell("irq 5 9999 irq256: nvme0");
        assertThat(next.get().total()).isEqualTo(250);
        fake.tell("irq 5 10000 irq256: ppt0");
        assertThat(next.get().total()).as("back, with what others left").isEqualTo(250);
        fake.tell("intgrow 5 1000");
        Scripts.await("a growing counter", () -> next.get().rate().orElse(0) > 0);
        assertThat(next.get().total()).isGreaterThan(250);
    }

    @Test
    void whatGrowsBetweenItsTwoCallsIsReadAgain() {
        fake.tell("irq 5 7 irq256: ppt0", "error sysctl 12 3 1");

        assertThat(kernel.read()).isEqualTo(new Counted(NOW, List.of(new Source("irq256", "ppt0", 7))));
    }

    @Test
    void whatCannotBeReadIsAFailure() {
        fake.tell("irq 5 7 irq256: ppt0", "error sysctl 1 2 1");
        assertThat(kernel.read()).isEqualTo(new Failed("hw.intrcnt: EPERM (1)"));

        fake.tell("error sysctl 2 0 1");
        assertThat(kernel.read()).isEqualTo(new Failed("hw.intrnames: ENOENT (2)"));
    }

    @Test
    void aKernelThatTellsIsPreferredToPrograms() {
        try (Children children = Scripts.quickChildren()) {
            Tools nowhere = new Tools(Optional.of(Path.of("/nonexistent")));
            assertThat(InterruptSources.of(nowhere, children, () -> NOW).interval())
                    .isEqualTo(Duration.ofSeconds(1));

            fake.tell("error sysctl 2 0 1");
            assertThat(InterruptSources.of(nowhere, children, () -> NOW).interval())
                    .isEqualTo(Duration.ofSeconds(10));
            assertThat(children.starts()).isZero();
        }
    }

    @Test
    void lengthsThatDoNotFitAreAFailure() {
        byte[] names = names(20, "irq1: ppt0", "irq2: ppt1");
        byte[] counts = new byte[16];

        assertThat(InterruptSlots.read(NOW, names, 40, counts, 16)).isInstanceOf(Counted.class);
        assertThat(InterruptSlots.read(NOW, names, 39, counts, 16)).isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 40, counts, 12)).isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 40, counts, 0)).isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 0, counts, 0)).isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 0, counts, 16)).isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 14, counts, 16))
                .as("7 a name")
                .isInstanceOf(Failed.class);
        assertThat(InterruptSlots.read(NOW, names, 40, new byte[8], 8))
                .as("40 a name")
                .isInstanceOf(Counted.class);
        assertThat(InterruptSlots.read(NOW, names(20, "irq1: ppt0", "irq2: ppt1"), 40, new byte[32], 32))
                .as("10 a name: not ended there")
                .isInstanceOf(Failed.class);
    }

    @Test
    void damagedTablesNeverGiveAnImpossibleSource() {
        Random random = new Random(20261125);
        byte[] good = names(20, "irq1: ppt0", "", "irq256: ppt1", "stray irq256", "irq16: ppt0 ehci0+");
        int counted = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] names = Arrays.copyOf(good, good.length);
            for (int k = random.nextInt(4); k > 0; k--) {
                names[random.nextInt(names.length)] = (byte) random.nextInt(256);
            }
            int namesLength = random.nextInt(4) == 0 ? random.nextInt(names.length + 1) : names.length;
            int countsLength = random.nextInt(4) == 0 ? random.nextInt(41) : 40;
            byte[] counts = ByteBuffer.allocate(40)
                    .order(ByteOrder.nativeOrder())
                    .putLong(0, 11)
                    .array();
            if (InterruptSlots.read(NOW, names, namesLength, counts, countsLength) instanceof Counted reading) {
                counted++;
                assertThat(reading.sources()).allSatisfy(source -> {
                    assertThat(source.handlers()).contains("ppt");
                    assertThat(source.count()).isIn(0L, 11L);
                });
            }
        }
        assertThat(counted).isBetween(1000, 4500);
    }

    private static byte[] names(int stride, String... all) {
        byte[] bytes = new byte[stride * all.length];
        for (int i = 0; i < all.length; i++) {
            byte[] name = all[i].getBytes(ISO_8859_1);
            System.arraycopy(name, 0, bytes, i * stride, name.length);
        }
        return bytes;
    }
}
