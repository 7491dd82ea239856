package org.bhyvescope.decode.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bhyvescope.decode.explain.Texts.amd14;
import static org.bhyvescope.decode.explain.Texts.intel;
import static org.bhyvescope.decode.explain.Texts.stats;

import com.google.gson.JsonParser;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bhyvescope.decode.Vendor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is printed is what the schema says, and the schema is strict enough to say no. */
class ReportJsonTest {
    private final Schema schema = schema();

    private static Schema schema() {
        try {
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(Files.readString(Path.of("docs/explain.schema.json")), InputFormat.JSON);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static List<String> texts() {
        return List.of(
                "",
                amd14("exit_reason[0]\t0x88", "rflags[0]\t0x0000000000040193", "strange[0]\t0x1", "what is this"),
                intel("exit_reason[0]\t0x80000021"),
                stats(0, "total number of vm exits", -1, "something new", 4) + stats(7, "total number of vm exits", 0),
                "vm exit[0]\n\treason\t\tSVM\n\trip\t\t0x00000000fffee1ec\n\tinst_length\t0\n\texitcode\t");
    }

    @ParameterizedTest
    @MethodSource("texts")
    void aReportIsAsTheSchemaSays(String text) throws Exception {
        assertThat(schema.validate(json(Texts.report(text)), InputFormat.JSON)).isEmpty();
    }

    @Test
    void numbersByThemselvesAreAsTheSchemaSays() throws Exception {
        Report.Single single = new Report.Single(
                Report.FORMAT,
                Report.VERSION,
                Map.of("amd", Texts.EXPLAINER.exit(Vendor.AMD, 0x88, Map.of())),
                List.of(Texts.EXPLAINER.single("rflags", 0x40193)));

        assertThat(schema.validate(json(single), InputFormat.JSON)).isEmpty();
    }

    @Test
    void theSchemaRefusesWhatIsNotAReport() throws Exception {
        String good = json(Texts.report(amd14("exit_reason[0]\t0x88")));

        assertThat(schema.validate(good.replace("\"complete\"", "\"completed\""), InputFormat.JSON))
                .isNotEmpty();
        assertThat(schema.validate(good.replace("\"severity\": \"note\"", "\"severity\": \"bad\""), InputFormat.JSON))
                .isNotEmpty();
    }

    @Test
    void aCounterAboveTwoToThe63IsPrintedAsTheUnsignedNumberThatItIs() throws Exception {
        String json = json(Texts.report(stats(0, "total number of vm exits", -1)));

        assertThat(JsonParser.parseString(json)
                        .getAsJsonObject()
                        .getAsJsonArray("vcpus")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("statistics")
                        .get(0)
                        .getAsJsonObject()
                        .get("value")
                        .getAsBigInteger())
                .isEqualTo("18446744073709551615");
    }

    private static String json(Object report) throws IOException {
        StringBuilder out = new StringBuilder();
        ReportJson.write(report, out);
        return out.toString();
    }
}
