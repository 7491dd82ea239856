package org.bhyvescope.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.hypervisor.Snapshots.AMD;
import static org.bhyvescope.hypervisor.Snapshots.HLT;
import static org.bhyvescope.hypervisor.Snapshots.INOUT;
import static org.bhyvescope.hypervisor.Snapshots.INTEL;
import static org.bhyvescope.hypervisor.Snapshots.RUNTIME;
import static org.bhyvescope.hypervisor.Snapshots.TOTAL;
import static org.bhyvescope.hypervisor.Snapshots.WFI;

import java.util.List;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.junit.jupiter.api.Test;

class RatesTest {
    private static final int HLT_REASON = 0;
    private static final int INOUT_REASON = 1;

    private static Snapshots web() {
        return Snapshots.of("web").table(TOTAL, HLT, INOUT);
    }

    private static Snapshots amd() {
        return Snapshots.of("web").table(TOTAL, HLT, INOUT, AMD);
    }

    @Test
    void aRateIsTheDeltaOverTheSecondsOfTheReading() {
        Snapshot before = web().at(10).vcpu(0, 1000, 100, 5).build();
        Snapshot after = web().at(12.5).vcpu(0, 2000, 350, 5).build();

        Rates rates = Plans.rates(before, after);

        assertThat(rates.reason(HLT_REASON)).isEqualTo(100);
        assertThat(rates.reason(INOUT_REASON)).as("no exits is 0, not unknown").isZero();
        assertThat(rates.vcpu(0)).isEqualTo(400);
        assertThat(rates.total()).isEqualTo(400);
    }

    @Test
    void aVmsRateAddsItsVcpusEachOverItsOwnSeconds() {
        Snapshot before = web().at(0).vcpu(0, 0, 0, 0).at(0.5).vcpu(1, 0, 0, 0).build();
        Snapshot after =
                web().at(1).vcpu(0, 100, 100, 0).at(2.5).vcpu(1, 100, 100, 0).build();

        Rates rates = Plans.rates(before, after);

        assertThat(rates.vcpu(0)).isEqualTo(100);
        assertThat(rates.vcpu(1)).isEqualTo(50);
        assertThat(rates.reason(HLT_REASON)).isEqualTo(150);
        assertThat(rates.total()).isEqualTo(150);
    }

    @Test
    void onlyVcpusWithDeltasAreAdded() {
        Snapshot before = web().vcpu(0, 0, 0, 0).vcpu(1, 5000, 5000, 0).build();
        Snapshot after = web().at(1)
                .vcpu(0, 30, 20, 0)
                .vcpu(1, 7, 7, 0)
                .vcpu(2, 90, 90, 0)
                .build();

        Rates rates = Plans.rates(before, after);

        assertThat(rates.vcpu(0)).isEqualTo(30);
        assertThat(rates.vcpu(1)).as("was reset").isNaN();
        assertThat(rates.vcpu(2)).as("is new").isNaN();
        assertThat(rates.reason(HLT_REASON)).isEqualTo(20);
        assertThat(rates.total()).isEqualTo(30);
    }

    @Test
    void withoutAnyDeltaAllRatesAreUnknown() {
        Snapshot only = amd().vcpu(0, 30, 20, 1, 0).build();

        Rates rates = Rates.of(Plans.first(only), Plans.of(only));

        assertThat(rates.reason(HLT_REASON)).isNaN();
        assertThat(rates.vcpu(0)).isNaN();
        assertThat(rates.total()).isNaN();
        assertThat(rates.unaccounted()).isNaN();
    }

    @Test
    void aVmWithoutVcpusHasNoRates() {
        Snapshot before = amd().build();
        Snapshot after = amd().at(1).build();

        Rates rates = Plans.rates(before, after);

        assertThat(rates.reasons()).hasSize(2).containsOnly(Double.NaN);
        assertThat(rates.total()).isNaN();
        assertThat(rates.unaccounted()).isNaN();
    }

    @Test
    void withoutATotalTheVcpusRatesAreUnknownAndTheReasonsAreNot() {
        Snapshot before = Snapshots.of("web").table(HLT).vcpu(0, 1).build();
        Snapshot after = Snapshots.of("web").table(HLT).at(1).vcpu(0, 4).build();

        Rates rates = Plans.rates(before, after);

        assertThat(rates.reason(HLT_REASON)).isEqualTo(3);
        assertThat(rates.vcpu(0)).isNaN();
        assertThat(rates.total()).isNaN();
    }

    @Test
    void linesThatMeanTheSameReasonAreOneRate() {
        String generic = "vm exits due to interrupt window opening";
        String amdsOwn = "VM exits due to interrupt window";
        Snapshot before =
                Snapshots.of("web").table(generic, amdsOwn).vcpu(0, 0, 10).build();
        Snapshot after =
                Snapshots.of("web").table(generic, amdsOwn).at(1).vcpu(0, 0, 17).build();

        assertThat(Plans.of(after).reasons()).hasSize(1);
        assertThat(Plans.rates(before, after).reason(0)).isEqualTo(7);
    }

    @Test
    void onAmdWhatNoReasonExplainsIsUnaccounted() {
        Snapshot before = amd().vcpu(0, 0, 0, 0, 0).vcpu(1, 0, 0, 0, 0).build();
        Snapshot after =
                amd().at(1).vcpu(0, 100, 60, 10, 3).vcpu(1, 10, 5, 0, 0).build();

        assertThat(Plans.rates(before, after).unaccounted()).isEqualTo(35);
    }

    @Test
    void onArm64WhatNoReasonExplainsIsUnaccounted() {
        Snapshot before = Snapshots.of("web").table(TOTAL, WFI).vcpu(0, 0, 0).build();
        Snapshot after =
                Snapshots.of("web").table(TOTAL, WFI).at(2).vcpu(0, 100, 60).build();

        assertThat(Plans.rates(before, after).unaccounted()).isEqualTo(20);
    }

    @Test
    void unaccountedIsNeverBelowZeroWhenTheReadingCaughtTheTotalFirst() {
        Snapshot before = amd().vcpu(0, 0, 0, 0, 0).build();
        Snapshot after = amd().at(1).vcpu(0, 99, 90, 10, 0).build();

        assertThat(Plans.rates(before, after).unaccounted()).isZero();
    }

    @Test
    void onIntelAndWhereTheVendorIsUnknownNothingIsUnaccounted() {
        for (String line : List.of(INTEL, RUNTIME)) {
            Snapshot before =
                    Snapshots.of("web").table(TOTAL, HLT, line).vcpu(0, 0, 0, 0).build();
            Snapshot after = Snapshots.of("web")
                    .table(TOTAL, HLT, line)
                    .at(1)
                    .vcpu(0, 100, 10, 0)
                    .build();

            assertThat(Plans.rates(before, after).unaccounted()).as(line).isNaN();
        }
    }

    @Test
    void ratesKeepTheOrderOfThePlansReasons() {
        Snapshot before =
                Snapshots.of("web").table(INOUT, TOTAL, HLT).vcpu(0, 0, 0, 0).build();
        Snapshot after = Snapshots.of("web")
                .table(INOUT, TOTAL, HLT)
                .at(1)
                .vcpu(0, 1, 12, 11)
                .build();
        StatPlan plan = Plans.of(after);

        assertThat(plan.reasons())
                .extracting(series -> series.statistic().labelValue())
                .containsExactly("inout", "hlt");
        assertThat(Plans.rates(before, after).reasons()).containsExactly(1, 11);
    }

    @Test
    void aLargeGrowthDoesNotOverflow() {
        Snapshot before = web().vcpu(0, 0, 0, 0).vcpu(1, 0, 0, 0).build();
        Snapshot after = web().at(1)
                .vcpu(0, Long.MAX_VALUE, 0, 0)
                .vcpu(1, Long.MAX_VALUE, 0, 0)
                .build();

        assertThat(Plans.rates(before, after).total()).isEqualTo(0x1p64);
    }
}
