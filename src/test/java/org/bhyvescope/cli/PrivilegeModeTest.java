package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PrivilegeModeTest {
    @ParameterizedTest
    @CsvSource({
        "false, true,  0, 0, ROOT",
        "false, true,  2, 2, ROOT",
        "false, false, 2, 2, DEVFS",
        "false, false, 2, 1, DEVFS",
        "false, false, 2, 0, NONE",
        "false, false, 0, 0, UNKNOWN",
        "true,  false, 0, 0, GATE",
        "true,  false, 2, 0, GATE",
        "true,  true,  2, 2, GATE",
    })
    void theModeFollowsFromWhatMayBeOpened(
            boolean gate, boolean root, int vms, int accessible, PrivilegeMode expected) {
        assertThat(PrivilegeMode.of(gate, root, vms, accessible)).isEqualTo(expected);
    }

    @ParameterizedTest
    @EnumSource(PrivilegeMode.class)
    void eachIsOneLine(PrivilegeMode mode) {
        assertThat(mode.text()).contains(": ").doesNotContain("\n");
    }
}
