package org.bhyvescope.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateCostTest {
    private final StateCost cost = StateCost.load();

    @ParameterizedTest
    @CsvSource({
        "AMD, 1201000, 80",
        "INTEL, 1302001, 98",
        "AMD, 1403000, 85",
        "INTEL, 1400097, 103",
        "AMD, 1500000, 87",
        "INTEL, 1600004, 105",
        "ARM64, 1500000, 1",
        "RISCV, 1600004, 1",
    })
    void eachReleaseAndVendorHasItsNumber(Vendor vendor, long osreldate, int reads) {
        assertThat(cost.lockingReads(vendor, OptionalLong.of(osreldate))).isEqualTo(reads);
    }

    @Test
    void whatIsNotKnownCountsAsTheMostItCanBe() {
        assertThat(cost.lockingReads(Vendor.AMD, OptionalLong.empty())).isEqualTo(87);
        assertThat(cost.lockingReads(Vendor.UNKNOWN, OptionalLong.of(1_403_000)))
                .isEqualTo(103);
        assertThat(cost.lockingReads(Vendor.UNKNOWN, OptionalLong.empty())).isEqualTo(105);
        assertThat(cost.lockingReads(Vendor.INTEL, OptionalLong.of(1_100_000))).isEqualTo(105);
    }
}
