package org.bhyvescope.decode.explain;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.DumpParser;

/** Small texts in bhyvectl's and bhyve's formats, put together by tests. */
final class Texts {
    static final Decoder DECODER = Decoder.load();
    static final StatisticsTable STATISTICS = StatisticsTable.load();
    static final Explainer EXPLAINER = Explainer.load();

    /** What makes a text AMD's of FreeBSD 14 or later, or Intel's. */
    private static final String AMD = "rvi/npt[0]\t\t0x00000001c2f4d000\n";

    private static final String INTEL = "eptp[0]\t\t0x00000001c2f4d01e\n";
    private static final String FROM_14 = "Capability \"ipi_exit\" is set on vcpu 0\n";

    private Texts() {}

    static String amd(String... lines) {
        return AMD + String.join("\n", lines) + "\n";
    }

    static String amd14(String... lines) {
        return AMD + FROM_14 + String.join("\n", lines) + "\n";
    }

    static String intel(String... lines) {
        return INTEL + String.join("\n", lines) + "\n";
    }

    /** Statistics of a vCPU of an AMD host with 14 or later: name and value in turn. */
    static String stats(int vcpu, Object... namesAndValues) {
        StringBuilder text = new StringBuilder("vcpu" + vcpu + " stats:\n");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(String.format("%-40s\t%s%n", namesAndValues[i], namesAndValues[i + 1]));
        }
        return text.append(String.format("%-40s\t%d%n", "ipis sent from vcpu", 0))
                .append(String.format("%-40s\t%d%n", "VM exits due to interrupt window", 0))
                .toString();
    }

    static Case of(String text) {
        return Case.of(DumpParser.parse(text.getBytes(ISO_8859_1)), Optional.empty(), DECODER, STATISTICS);
    }

    static Report report(String text) {
        return EXPLAINER.explain(DumpParser.parse(text.getBytes(ISO_8859_1)), Optional.empty());
    }

    /** One of the parser's fixtures. */
    static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(DumpParser.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
