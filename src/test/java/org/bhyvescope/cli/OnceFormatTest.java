package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.bhyvescope.metrics.Exposition;
import org.bhyvescope.metrics.TestVm;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.sampling.Ledger;
import org.junit.jupiter.api.Test;

class OnceFormatTest {
    private static final String ODD = "a,\"b\"\r\n{é}\\";
    private static final String STAT = "new, \"odd\" one";

    private static VmCollector collector() {
        TestVm odd = new TestVm(ODD, TestVm.and(TestVm.AMD_14, List.of(STAT)))
                .set(0, STAT, -1)
                .set(0, "total number of vm exits", (1L << 53) - 1)
                .set(0, "number of ticks vcpu was idle", 1500);
        TestVm plain = new TestVm("plain", TestVm.AMD_14).active(0, 11);
        Ledger ledger = TestVm.ledgerOf(odd, plain);
        ledger.listingFailed();
        plain.add(11, "number of times hlt was intercepted", 1).read(ledger, 4);
        return new VmCollector(ledger::board, TestVm.HOST);
    }

    private static String write(OnceFormat format, VmCollector collector) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, false, UTF_8);
        format.write(out, collector.collect());
        out.flush();
        return bytes.toString(UTF_8);
    }

    private static JsonArray json() throws IOException {
        String text = write(OnceFormat.JSON, collector());
        assertThat(text).endsWith("]" + System.lineSeparator());
        return JsonParser.parseString(text).getAsJsonArray();
    }

    private static Optional<JsonObject> find(JsonArray all, String metric, String vm) {
        return StreamSupport.stream(all.spliterator(), false)
                .map(element -> element.getAsJsonObject())
                .filter(o -> o.get("metric").getAsString().equals(metric))
                .filter(o -> o.getAsJsonObject("labels").has("vm")
                        && o.getAsJsonObject("labels").get("vm").getAsString().equals(vm))
                .findFirst();
    }

    @Test
    void prometheusIsTheTextFormatOfAScrape() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Exposition.TEXT.write(bytes, collector().collect());
        assertThat(write(OnceFormat.PROMETHEUS, collector())).isEqualTo(bytes.toString(UTF_8));
    }

    @Test
    void jsonIsAnArrayOfMetricLabelsAndValue() throws IOException {
        assertThat(json()).isNotEmpty().allSatisfy(element -> {
            JsonObject point = element.getAsJsonObject();
            assertThat(point.keySet()).containsExactly("metric", "labels", "value");
            assertThat(point.get("metric").getAsString()).matches("bhyve[a-z_]+");
            assertThat(point.get("value").getAsJsonPrimitive().isNumber()).isTrue();
        });
    }

    @Test
    void jsonKeepsOddNamesAndWholeNumbers() throws IOException {
        JsonArray all = json();
        JsonObject exits = find(all, "bhyve_vcpu_exits_total", ODD).orElseThrow();
        assertThat(exits.get("value").getAsDouble()).isEqualTo(9007199254740991.0);
        assertThat(exits.getAsJsonObject("labels").get("vcpu").getAsString()).isEqualTo("0");
        JsonObject unknown = find(all, "bhyve_vcpu_stat", ODD).orElseThrow();
        assertThat(unknown.getAsJsonObject("labels").get("stat").getAsString()).isEqualTo(STAT);
        assertThat(unknown.get("value").getAsDouble()).isEqualTo(0x1p64);
        assertThat(find(all, "bhyve_vcpu_idle_seconds_total", ODD)
                        .orElseThrow()
                        .get("value")
                        .getAsDouble())
                .isEqualTo(1.5);
        assertThat(find(all, "bhyve_vm_info", "plain")).isPresent();
    }

    @Test
    void csvHasItsHeadAndOneLinePerSeries() throws IOException {
        String csv = write(OnceFormat.CSV, collector());
        assertThat(csv).startsWith("metric,vm,vcpu,label,value\r\n").endsWith("\r\n");
        // The odd name has a CR LF of its own.
        assertThat(csv.replace(ODD.replace("\"", "\"\""), "odd").split("\r\n", -1))
                .hasSize(1 + json().size() + 1);
    }

    @Test
    void csvQuotesWhatHoldsCommasQuotesOrNewlines() throws IOException {
        assertThat(write(OnceFormat.CSV, collector()))
                .contains("bhyve_vcpu_exits_total,\"a,\"\"b\"\"\r\n{é}\\\",0,,9007199254740991\r\n")
                .contains(
                        "bhyve_vcpu_stat,\"a,\"\"b\"\"\r\n{é}\\\",0,\"stat=new, \"\"odd\"\" one\",1.8446744073709552E19\r\n");
    }

    @Test
    void csvHasVmAndVcpuInTheirColumnsAndOtherLabelsInOne() throws IOException {
        assertThat(write(OnceFormat.CSV, collector()))
                .contains("\nbhyve_vcpu_exit_reasons_total,plain,11,reason=hlt,1\r\n")
                .contains("\nbhyve_vm_exit_rate,plain,,reason=hlt,0.25\r\n")
                .contains("\nbhyve_vm_info,plain,,topology=unknown vendor=amd,1\r\n")
                .contains("\nbhyve_vm_resets_total,plain,,,0\r\n")
                .contains("\nbhyvescope_read_errors_total,,,cause=listing,1\r\n");
    }

    @Test
    void aFormatIsNamedInLowerCase() {
        assertThat(OnceFormat.parse("prometheus")).contains(OnceFormat.PROMETHEUS);
        assertThat(OnceFormat.parse("json")).contains(OnceFormat.JSON);
        assertThat(OnceFormat.parse("csv")).contains(OnceFormat.CSV);
        assertThat(OnceFormat.parse("CSV")).isEmpty();
        assertThat(OnceFormat.parse("")).isEmpty();
    }
}
