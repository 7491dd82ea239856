package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.cli.SourceChoice.Facts;
import org.bhyvescope.cli.SourceChoice.Kind;
import org.bhyvescope.cli.SourceChoice.Wanted;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SourceChoiceTest {
    private static final String CRASH = "/var/db/bhyvescope/hs_err_pid7.log";

    /** @param problem empty for none, likewise crash */
    private static Facts facts(String problem, String crash, long release) {
        return new Facts(
                Optional.of(problem).filter(text -> !text.isEmpty()),
                Optional.of(crash).filter(text -> !text.isEmpty()).map(Path::of),
                release == 0 ? OptionalLong.empty() : OptionalLong.of(release),
                release >= 1_500_000);
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "AUTO, '', '', 1403000, VMMDEV,       ''",
                "AUTO, '', '', 1201000, VMMDEV,       ''",
                "AUTO, '', '', 1500068, BHYVECTL,     lock a vCPU",
                "AUTO, '', '', 0,       BHYVECTL,     kern.osreldate does not tell",
                "AUTO, no libc, '', 1403000, BHYVECTL,     no libc",
                "AUTO, '', crash, 1403000, BHYVECTL,     an earlier run crashed in native code; look at " + CRASH,
                "VMMDEV, '', '', 1403000, VMMDEV,       ''",
                "VMMDEV, '', '', 1500068, VMMDEV_APART, lock a vCPU",
                "VMMDEV, '', '', 0,       VMMDEV_APART, kern.osreldate does not tell",
                "VMMDEV, '', crash, 1403000, BHYVECTL,     remove it to use vmmdev again",
                "BHYVECTL, '', crash, 1500068, BHYVECTL,     ''",
                "GATE, '', '', 1403000, GATE,     ''",
                "GATE, no libc, crash, 0, GATE,     ''",
                "BHYVECTL, no libc, '', 0,       BHYVECTL,     ''",
            })
    void theSourceIsChosenAndTheReasonSaid(
            Wanted wanted, String problem, String crash, long release, Kind kind, String why) {
        SourceChoice choice = SourceChoice.of(wanted, facts(problem, crash.isEmpty() ? "" : CRASH, release));

        assertThat(choice.kind()).isEqualTo(kind);
        assertThat(choice.why()).contains(why);
        assertThat(choice.why().isEmpty()).isEqualTo(why.isEmpty());
        assertThat(choice.why()).doesNotContain("\n");
    }

    @ParameterizedTest
    @EnumSource(Wanted.class)
    void whereACallMayNeverReturnNoneIsMadeInThisProcess(Wanted wanted) {
        for (long release : new long[] {0, 1_500_000, 1_600_000}) {
            assertThat(SourceChoice.of(wanted, facts("", "", release)).kind()).isNotEqualTo(Kind.VMMDEV);
        }
    }

    @Test
    void onThisMachineItIsBhyvectl() {
        assertThat(SourceChoice.of(Wanted.AUTO, facts("this is not FreeBSD", CRASH, 0)))
                .isEqualTo(new SourceChoice(Kind.BHYVECTL, "this is not FreeBSD"));
    }
}
