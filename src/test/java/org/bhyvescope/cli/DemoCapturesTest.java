package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCapturesTest {
    @TempDir
    Path folder = Path.of("");

    private int folders;

    private void capture(String name, String json) throws IOException {
        Files.createDirectory(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("capture.json"), json);
    }

    @Test
    void theNewestIsShownAndWhatIsBeingWrittenIsNot() throws Exception {
        assertThat(DemoCaptures.newest(folder.resolve("absent"))).isEmpty();
        assertThat(DemoCaptures.newest(folder)).isEmpty();

        capture("20261125T220453Z-triple-suspended", """
                {"vm": "triple", "triggers": [{"trigger": "suspended", "at": "x", "text": "every active vCPU is suspended"},
                  {"trigger": "vm_ended", "text": "bhyve ended: exit 3: triple fault"}],
                 "firstFinding": "problem: a double fault is queued"}""");
        capture(".new-20261125T220553Z-frozen-stall-1", "{");
        assertThat(DemoCaptures.newest(folder))
                .containsExactly(
                        "",
                        "1 capture: 20261125T220453Z-triple-suspended",
                        "  triple, suspended: every active vCPU is suspended; vm_ended: bhyve ended: exit 3: triple fault",
                        "  problem: a double fault is queued");

        capture("20261125T220544Z-frozen-stall", "{\"vm\": \"frozen\", \"triggers\": [], \"firstFinding\": \"\"}");
        assertThat(DemoCaptures.newest(folder))
                .containsExactly("", "2 captures, the newest: 20261125T220544Z-frozen-stall", "  frozen, ");
    }

    @Test
    void oneThatCannotBeReadSaysSo() throws Exception {
        for (String json : List.of(
                "{",
                "[]",
                "{\"vm\": \"x\"}",
                "{\"vm\": \"x\", \"triggers\": 1}",
                "{\"vm\": {}, \"triggers\": [{\"trigger\": \"stall\"}]}",
                "{\"vm\": \"x\", \"triggers\": [1]}")) {
            Path one = Files.createDirectory(folder.resolve(Integer.toString(++folders)));
            capture(one.getFileName() + "/c", json);
            assertThat(DemoCaptures.newest(one))
                    .as(json)
                    .containsExactly("", "1 capture: c", "  its capture.json cannot be read");
        }
    }
}
