package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What ps and procstat print, in the formats of host.md, section 1. */
class ToolTextsTest {
    static String text(String name) {
        try (InputStream in = Objects.requireNonNull(ToolTextsTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Columns are as wide as what stands in them; 15's is with the decimal sign of another locale. */
    @ParameterizedTest
    @ValueSource(strings = {"ps-13.txt", "ps-14.txt", "ps-15.txt"})
    void bhyvesRowsAreReadAndNoOthers(String name) {
        PsText.Rows rows = PsText.parse(text(name));

        assertThat(rows.understood()).isEqualTo(11);
        assertThat(rows.bhyve())
                .extracting(PsText.Row::pid, PsText.Row::args)
                .containsExactly(
                        tuple(1902, "bhyve: web0 (bhyve)"),
                        tuple(2203, "bhyve: gpu-box.example (bhyve)"),
                        tuple(
                                2240,
                                "/usr/sbin/bhyve -c 2 -m 4G -S -H -A -P -s 0,hostbridge -s 5:0,passthru,3/0/0"
                                        + " -l com1,/dev/nmdm-x.1A waiting"),
                        tuple(2251, "<defunct>"));
        assertThat(rows.bhyve().get(0))
                .isEqualTo(new PsText.Row(
                        1902,
                        1811,
                        0,
                        OptionalLong.of(131412 * 1024),
                        OptionalLong.of(131_370_000),
                        OptionalLong.of((38901 * 60 + 44) * 1_000_000L + 50_000),
                        90010,
                        "bhyve: web0 (bhyve)"));
        assertThat(rows.bhyve().get(1).residentBytes()).isEmpty();
        assertThat(rows.bhyve().get(1).jail()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"0:00.00, 0", "0:59.99, 59990000", "1:00.01, 60010000", "9999999:59.99, 599999999990000"})
    void timesAreMinutesAndHundredths(String text, long micros) {
        assertThat(PsText.micros(text)).hasValue(micros);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-", "", "1:2.3", "1:00:00.00", "1:00", "-1:00.00", "1:00.000"})
    void whatIsNoTimeIsNotKnown(String text) {
        assertThat(PsText.micros(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ps: illegal option -- x",
                "  PID  PPID JID RSS USERTIME SYSTIME ELAPSED UCOMM COMMAND",
                "1902 1811 0 131412 0:00.00 0:00.00 01:02:03 bhyve bhyve: web0 (bhyve)",
                "1902 1811 0 131412 0:00.00 0:00.00 - bhyve bhyve: web0 (bhyve)",
                "x902 1811 0 131412 0:00.00 0:00.00 5 bhyve bhyve: web0 (bhyve)",
                "99999999999 1811 0 131412 0:00.00 0:00.00 5 bhyve bhyve: web0 (bhyve)",
            })
    void whatIsNoRowIsNotUnderstood(String line) {
        assertThat(PsText.parse(line)).isEqualTo(new PsText.Rows(0, List.of()));
    }

    @Test
    void textAndJsonOfThreadsTellTheSame() {
        List<ProcstatText.Row> rows = ProcstatText.threads(text("procstat-t.txt"));

        assertThat(rows)
                .extracting(ProcstatText.Row::key, ProcstatText.Row::name, ProcstatText.Row::waitChannel)
                .containsExactly(
                        tuple(new ProcstatText.Key(1902, 100512), "mevent", "kqread"),
                        tuple(new ProcstatText.Key(1902, 100600), "blk-4:0-0", "uwait"),
                        tuple(new ProcstatText.Key(1902, 100601), "vtnet-5:0 tx", "uwait"),
                        tuple(new ProcstatText.Key(1902, 100611), "vcpu 0", ""),
                        tuple(new ProcstatText.Key(1902, 100612), "vcpu 1", "vmidle"),
                        tuple(new ProcstatText.Key(1902, 100622), "vcpu 11", ""),
                        tuple(new ProcstatText.Key(1902, 100613), "vcpu 2", "vmidle"),
                        tuple(new ProcstatText.Key(2203, 100700), "mevent", "kqread"),
                        tuple(new ProcstatText.Key(2203, 100701), "vcpu 0", "vmrndv"));
        assertThat(ProcstatText.threadsOfJson(text("procstat-t.json"))).contains(rows);
    }

    @Test
    void jsonThatIsCutAnywhereIsNone() {
        String json = text("procstat-t.json").strip();
        for (int end = 0; end < json.length(); end++) {
            assertThat(ProcstatText.threadsOfJson(json.substring(0, end))).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "null",
                "{}",
                "{\"procstat\":{}}",
                "{\"procstat\":{\"threads\":[]}}",
                "{\"procstat\":{\"threads\":{\"x\":{\"threads\":{}}}}}",
                "{\"procstat\":{\"threads\":{\"1\":{}}}}",
                "{\"procstat\":{\"threads\":{\"1\":{\"threads\":{\"2\":{}}}}}}",
                "{\"procstat\":{\"threads\":{\"1\":{\"threads\":{\"2\":5}}}}}",
            })
    void jsonOfAnotherShapeIsNone(String json) {
        assertThat(ProcstatText.threadsOfJson(json)).isEmpty();
    }

    @Test
    void timesOfThreadsAreSums() {
        assertThat(ProcstatText.times(text("procstat-rH.txt")))
                .isEqualTo(Map.of(
                        new ProcstatText.Key(1902, 100512), 132_370_000L,
                        new ProcstatText.Key(1902, 100600), 0L,
                        new ProcstatText.Key(1902, 100611), 1_000_001L + 2_289_662_345_678L,
                        new ProcstatText.Key(1902, 100612), 86_400_000_002L,
                        new ProcstatText.Key(1902, 100613), 999_999L,
                        new ProcstatText.Key(2203, 100701), 10_090_000L));
    }
}
