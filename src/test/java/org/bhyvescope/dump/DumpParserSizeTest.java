package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Endless texts: however much is read, what is kept is bounded, and reading ends. */
class DumpParserSizeTest {
    private static final long MIB = 1 << 20;

    static Stream<Arguments> texts() {
        return Stream.of(
                of("one line", 100, i -> "0123456789abcdef"),
                of("unknown lines", 30, i -> "what is this line " + i + "\n"),
                of("statistics", 20, i -> (i == 0 ? "vcpu0 stats:\n" : "") + "statistic number " + i + "\t" + i + "\n"),
                of("headers", 20, i -> "vcpu" + i % 5000 + " stats:\n"),
                of("fields", 20, i -> "field" + i + "[" + i % 5000 + "]\t0x1\n"),
                of("capabilities", 20, i -> "Capability \"cap" + i + "\" is set on vcpu " + i % 5000 + "\n"),
                of(
                        "mappings",
                        10,
                        i -> (i == 0 ? "Address     Length      Segment     Offset      Prot  Flags\n" : "")
                                + Integer.toHexString(i).toUpperCase(java.util.Locale.ROOT)
                                + "        16MB        sysmem      0           RWX   \n"),
                of("aborts", 10, i -> "vm exit[" + i % 100 + "]\n\treason\t\tSVM\n\texitcode\t0x7f\n"));
    }

    private static Arguments of(String name, int mebibytes, IntFunction<String> part) {
        return Arguments.of(name, mebibytes * MIB, part);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("texts")
    void whatIsKeptIsBounded(String name, long size, IntFunction<String> part) throws IOException {
        DumpText text = DumpParser.parse(new Endless(size, part));
        long kept = text.vcpus().stream()
                .mapToLong(v -> v.values().size()
                        + v.others().size()
                        + v.capabilities().size()
                        + v.msrs().size()
                        + v.gaps().size()
                        + v.stats().map(s -> s.table().size()).orElse(0))
                .sum();

        assertThat(text.vcpus().size()).as("vCPUs of " + name).isLessThanOrEqualTo(4096);
        assertThat(kept).as("facts").isLessThan(200_000);
        assertThat(text.messages().size()).isLessThan(5000);
        assertThat(text.vm().mappings().size()).isLessThan(10_000);
        assertThat(text.unknown().first().size()).isLessThan(100);
    }

    /** A stream of so many bytes, made as it is read. */
    private static final class Endless extends InputStream {
        private final IntFunction<String> part;
        private long left;
        private int number;
        private byte[] bytes = new byte[0];
        private int at;

        Endless(long size, IntFunction<String> part) {
            this.left = size;
            this.part = part;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int from, int length) {
            if (left <= 0) {
                return -1;
            }
            if (at == bytes.length) {
                StringBuilder more = new StringBuilder();
                for (int i = 0; i < 500; i++) {
                    more.append(part.apply(number++));
                }
                bytes = more.toString().getBytes(ISO_8859_1);
                at = 0;
            }
            int n = Math.min(length, bytes.length - at);
            System.arraycopy(bytes, at, to, from, n);
            at += n;
            left -= n;
            return n;
        }
    }
}
