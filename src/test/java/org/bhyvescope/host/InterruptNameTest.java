package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterruptNameTest {
    private static final List<String> KNOWN = List.of("ppt0", "ppt1", "ppt12");

    @Test
    void aDevicesSourceHasAnIrqAndHandlers() {
        assertThat(InterruptName.ofPpt("irq256: ppt0       ")).contains(new InterruptName("irq256", "ppt0"));
        assertThat(InterruptName.ofPpt("irq16: ppt0 ehci0")).contains(new InterruptName("irq16", "ppt0 ehci0"));
        assertThat(InterruptName.ofPpt("gic0,s12: ppt1")).contains(new InterruptName("gic0,s12", "ppt1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "???",
                "irq256:",
                "irq256:              ",
                "stray irq256",
                "cpu0:timer",
                "irq9: acpi0",
                "irq9: ppt",
                "irq9: pptx0",
                "irq9: xppt0",
                "irq9: ppt0:x",
                "irq1000:-ngname0",
                "irq10000000:-xppt0",
                "ppt0",
                "irq9: ppt0 caf\u00e9",
                "irq\u001f9: ppt0"
            })
    void allOthersHaveNot(String text) {
        assertThat(InterruptName.ofPpt(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ppt0, ppt0, false",
        "ppt0 ehci0, ppt0, true",
        "ehci0 ppt12, ppt12, true",
        "ppt0 ppt1, ppt0 ppt1, true",
        "ppt0 ehci0+, ppt0, true",
        "ppt0 ehci0++*, ppt0, true",
        "ppt0 +, ppt0, true",
        "ehci0 ppt0+, ppt0, true",
        "ehci0 ppt0*, ppt0, true",
        "ppt3, '', false",
    })
    void aSourceBelongsToTheDevicesThatItsNameHas(String handlers, String devices, boolean shared) {
        assertThat(String.join(" ", InterruptName.devices(handlers, KNOWN))).isEqualTo(devices);
        assertThat(InterruptName.isShared(handlers)).isEqualTo(shared);
    }

    @Test
    void aMarkMayStandInPlaceOfADigit() {
        assertThat(InterruptName.devices("ehci0 ppt1+", KNOWN))
                .as("ppt1 or ppt12")
                .isEmpty();
        assertThat(InterruptName.devices("ehci0 ppt1+", List.of("ppt0", "ppt12")))
                .containsExactly("ppt12");
        assertThat(InterruptName.devices("ehci0 ppt+", List.of("ppt7"))).containsExactly("ppt7");
        assertThat(InterruptName.devices("ehci0 ppt+", KNOWN))
                .as("ppt0 or ppt1")
                .isEmpty();
        assertThat(InterruptName.devices("ppt1 ehci0+", KNOWN)).containsExactly("ppt1");
    }
}
