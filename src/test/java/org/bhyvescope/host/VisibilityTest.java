package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisibilityTest {
    @ParameterizedTest
    @CsvSource({
        "true, 0, 0, 0, 0, true",
        "true, 1, 1, 1, 1, false",
        "false, 0, 1, 1, 1, true",
        "false, 0, 0, 1, 1, false",
        "false, 0, 1, 0, 1, false",
        "false, 0, 1, 1, 0, false",
        "false, 1, 1, 1, 1, false",
    })
    void rootOutsideOfJailsSeesAllAndOthersWhatTheKernelShows(
            boolean root, int jailed, int uids, int gids, int jails, boolean all) {
        String text = "security.jail.jailed: " + jailed + "\nsecurity.bsd.see_other_uids: " + uids
                + "\nsecurity.bsd.see_other_gids: " + gids + "\nsecurity.bsd.see_jail_proc: " + jails + "\n";

        assertThat(Visibility.ofAll(root, name -> Sysctl.value(text, name))).isEqualTo(all);
    }

    @ParameterizedTest
    @CsvSource({"'', false", "'security.jail.jailed: 0', true", "'security.bsd.see_other_uids: 1', false"})
    void whereNothingIsKnownNothingIsClaimed(String text, boolean all) {
        assertThat(Visibility.ofAll(false, name -> Sysctl.value(text, name))).isEqualTo(all);
    }
}
