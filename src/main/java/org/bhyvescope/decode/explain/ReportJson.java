package org.bhyvescope.decode.explain;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;

/** A report as JSON, described by docs/explain.schema.json. */
public final class ReportJson {
    private static final Gson GSON = new GsonBuilder()
            .serializeNulls()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .create();

    private ReportJson() {}

    /** Writes the report, or a part of it that stands alone, and a newline. */
    public static void write(Object report, Appendable to) throws IOException {
        GSON.toJson(report, to);
        to.append('\n');
    }
}
