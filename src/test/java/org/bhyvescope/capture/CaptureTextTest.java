package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CaptureTextTest {
    private static String of(List<String> arguments, @Nullable Long faults) {
        return CaptureText.of(new CaptureInfo(
                CaptureInfo.FORMAT,
                CaptureInfo.VERSION,
                "id",
                "a\nvm",
                List.of(new CaptureInfo.What("stall", "2026-11-25T00:00:00Z", "stands still")),
                false,
                "2026-11-25T00:00:01Z",
                "0",
                new CaptureInfo.Host("14.3", "", "vmmdev", "in use", faults, List.of()),
                new CaptureInfo.Bhyve(7, "2026-11-25T00:00:00Z", arguments, 1.25, null, List.of()),
                null,
                "stalled",
                List.of(new CaptureInfo.State(0, "", "", "", "it stands still")),
                null,
                List.of(new CaptureInfo.Part("dmesg.txt", 0, "no right")),
                false,
                ""));
    }

    @Test
    void whatBhyveWasToldDecidesWhatItsCountersMean() {
        assertThat(of(List.of("bhyve", "-H", "-S", "-s", "5,passthru,3/0/0", "vm"), 0L))
                .contains("HLT leaves the guest: yes; PAUSE: no (without -P pause stays 0); memory wired: yes; "
                        + "passed through: pci0:3:0:0")
                .doesNotContain("IO_PAGE_FAULT");
        assertThat(of(List.of("bhyve", "-k", "/vm/a.conf"), 2L))
                .as("the file may say more")
                .doesNotContain("HLT leaves")
                .contains("2 IO_PAGE_FAULT");
        assertThat(of(List.of(), 0L)).contains("command line: not seen").doesNotContain("HLT leaves");
    }

    @Test
    void eachFactIsALineWhateverTheNameHolds() {
        String text = of(List.of(), null);
        assertThat(text)
                .startsWith("VM \"a?vm\"\n  2026-11-25T00:00:00Z  stall: stands still\nstate: stalled\n")
                .contains("vCPU 0: no state: it stands still\n", "missing: dmesg.txt: no right\n", "user 1.3 s")
                .doesNotContain("are left out");
    }
}
