package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bhyvescope.host.KernelMessages.News;
import org.junit.jupiter.api.Test;

class KernelMessagesTest {
    private static final String FAULT = "\t[IO_PAGE_FAULT EVT: devId:0x300 DomId:0x3 Addr:0xfee00000 0x10]";

    @Test
    void faultsOfTheIommuAreCounted() {
        String text = "ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n" + FAULT + "\nppt0: attached\n" + FAULT + "\n"
                + "\t[ILLEGAL_DEV_TABLE_ENTRY EVT: devId:0x300]\nIO_PAGE_FAULT is a word\n";

        assertThat(KernelMessages.ioPageFaults(text)).isEqualTo(2);
        assertThat(KernelMessages.ioPageFaults("")).isZero();
        assertThat(KernelMessages.ioPageFaults(FAULT + FAULT))
                .as("torn together")
                .isEqualTo(2);
    }

    @Test
    void whatCameBehindIsNew() {
        assertThat(KernelMessages.since("a\nb\n", "a\nb\nc\nd\n")).isEqualTo(new News(List.of("c", "d"), true));
        assertThat(KernelMessages.since("a\nb\n", "a\nb\n")).isEqualTo(new News(List.of(), true));
    }

    @Test
    void whatFellOutInFrontDoesNotMatter() {
        assertThat(KernelMessages.since("a\nb\nc\n", "b\nc\nd\n")).isEqualTo(new News(List.of("d"), true));
        assertThat(KernelMessages.since("a\nb\nc\n", "c\nd\ne\nf\n")).isEqualTo(new News(List.of("d", "e", "f"), true));
    }

    @Test
    void whereNothingIsLeftSomeMayBeMissing() {
        assertThat(KernelMessages.since("a\nb\n", "x\ny\n")).isEqualTo(new News(List.of("x", "y"), false));
        assertThat(KernelMessages.since("a\nb\n", "")).isEqualTo(new News(List.of(), false));
        assertThat(KernelMessages.since("", "x\n")).isEqualTo(new News(List.of("x"), true));
    }

    @Test
    void aLineThatWasBeingWrittenIsNewWhenItIsWhole() {
        assertThat(KernelMessages.since("a\nb\nppt0: att", "a\nb\nppt0: attached\nc\n"))
                .isEqualTo(new News(List.of("ppt0: attached", "c"), true));
    }

    @Test
    void ofRepeatedLinesTheLeastIsNew() {
        assertThat(KernelMessages.since("x\nx\n", "x\nx\nx\n").lines()).hasSize(1);
        assertThat(KernelMessages.since("a\nx\nx\n", "x\nx\nx\nb\n").lines()).containsExactly("x", "b");
        assertThat(KernelMessages.since("a\nb\na\nb\n", "a\nb\na\nc\n")).isEqualTo(new News(List.of("a", "c"), true));
    }

    /** Against the definition, slowly. */
    @Test
    void atRandomItIsTheLongestOverlap() {
        Random random = new Random(20261125);
        for (int run = 0; run < 5000; run++) {
            List<String> all = new ArrayList<>();
            int letters = 1 + random.nextInt(4);
            for (int i = random.nextInt(30); i > 0; i--) {
                all.add(String.valueOf((char) ('a' + random.nextInt(letters))));
            }
            int middle = random.nextInt(all.size() + 1);
            List<String> old = all.subList(0, middle);
            List<String> now = all.subList(random.nextInt(middle + 1), all.size());
            int longest = 0;
            for (int k = 1; k <= Math.min(old.size(), now.size()); k++) {
                longest = old.subList(old.size() - k, old.size()).equals(now.subList(0, k)) ? k : longest;
            }
            if (longest > 0) {
                assertThat(KernelMessages.since(String.join("\n", old), String.join("\n", now)))
                        .isEqualTo(new News(now.subList(longest, now.size()), true));
            }
        }
    }

    @Test
    void aFullRingOfOneLineIsNoWorkOfHours() {
        String many = "again\n".repeat(200_000);

        assertThat(KernelMessages.since("x\n" + many, many + "y\n").lines()).containsExactly("y");
    }
}
