package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bhyvescope.decode.Decoder;
import org.junit.jupiter.api.Test;

class HostAddressesTest {
    private static final Decoder DECODER = Decoder.load();

    @Test
    void linesOfTheHostGoAndTheGuestsStay() {
        String left = HostAddresses.outOfState("""
                rip[3]\t\t0xffffffff80abcdef
                host_rip[3]\t\t0xffffffff82345678
                host_cr3[3]\t\t0x0000000123456000
                rvi/npt[3]\t\t0x0000000123457000
                AVIC backing page[3]\t0x0000000000000000
                msr_bitmap[3]\t\t0x12345000
                gpa[3]\t\t0x00000000fee00000
                exit_reason[3]\t0x400
                active cpus:\t 3
                """, DECODER);

        assertThat(left).isEqualTo("""
                rip[3]\t\t0xffffffff80abcdef
                gpa[3]\t\t0x00000000fee00000
                exit_reason[3]\t0x400
                active cpus:\t 3
                """);
    }

    @Test
    void everyFieldThatTheTableCallsSensitiveGoes() {
        for (String name : List.of("host_pat", "host_cr0", "host_rsp", "vmcs_pointer", "eptp", "io_bitmap_a")) {
            assertThat(HostAddresses.outOfState(name + "[0]\t\t0x1234\n", DECODER))
                    .as(name)
                    .isEmpty();
        }
    }

    @Test
    void toolsTellNoPhysicalAddressesOfDevicesAndNoKernelPointers() {
        assertThat(HostAddresses.outOfText(
                        "    bar   [10] = type Memory, range 32, base 0xf7d00000, size 131072, enabled\n"))
                .isEqualTo("    bar   [10] = type Memory, range 32, base [left out], size 131072, enabled\n");
        assertThat(HostAddresses.outOfText(
                        "ppt0 mem 0xf7d00000-0xf7dfffff,0xe0000000-0xefffffff at device 0.0 on pci3\n"))
                .isEqualTo("ppt0 mem [left out] at device 0.0 on pci3\n");
        assertThat(HostAddresses.outOfText(
                        "hpet0: <High Precision Event Timer> iomem 0xfed00000-0xfed003ff on acpi0\n"))
                .isEqualTo("hpet0: <High Precision Event Timer> iomem [left out] on acpi0\n");
        assertThat(HostAddresses.outOfText("ACPI: RSDP 0x00000000BF0F05B0 000024 (v02 ALASKA)\n"))
                .isEqualTo("ACPI: RSDP [left out] 000024 (v02 ALASKA)\n");
        assertThat(HostAddresses.outOfText("0x0000000000100000 - 0x00000000bf0effff, 3203334144 bytes\n"))
                .isEqualTo("[left out], 3203334144 bytes\n");
        assertThat(HostAddresses.outOfText("fault virtual address = 0xfffff80012345678, ffffffff80abcdef"))
                .isEqualTo("fault virtual address = [left out], [left out]");
    }

    @Test
    void whatIsNoAddressStays() {
        String text = """
                vm_run+0x1a4 amd64_syscall+0x10c
                irq256: ppt0 1234
                class=0x030000 vendor=0x1002
                \t[IO_PAGE_FAULT EVT: devId:0x300 DomId:0x1 Addr:0x12345000]
                """;
        assertThat(HostAddresses.outOfText(text)).isEqualTo(text);
    }
}
