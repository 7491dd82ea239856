package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

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
}
