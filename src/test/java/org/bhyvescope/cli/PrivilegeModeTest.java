package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PrivilegeModeTest {
    @ParameterizedTest
    @CsvSource({
        "false, false, true,  0, 0, ROOT",
        "false, false, true,  2, 2, ROOT",
        "false, false, false, 2, 2, DEVFS",
        "false, false, false, 2, 1, DEVFS",
        "false, false, false, 2, 0, NONE",
        "false, false, false, 0, 0, UNKNOWN",
        "true,  true,  false, 0, 0, GATE",
        "true,  true,  false, 2, 0, GATE",
        "true,  true,  true,  2, 2, ROOT",
        "true,  true,  false, 2, 1, DEVFS",
        "true,  false, false, 2, 0, BROKEN_GATE",
        "true,  false, true,  2, 2, ROOT",
    })
    void theModeFollowsFromWhatMayBeOpened(
            boolean gate, boolean answers, boolean root, int vms, int accessible, PrivilegeMode expected) {
        assertThat(PrivilegeMode.of(gate, answers, root, vms, accessible)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(PrivilegeMode.class)
    void eachIsOneLine(PrivilegeMode mode) {
        assertThat(mode.text()).contains(": ").doesNotContain("\n");
    }
}
