package org.bhyvescope.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** Texts in bhyvectl's formats with values of our own, under {@code src/test/resources}. */
public final class DumpFixtures {
    /** Sets, vCPU 0 and topology of an AMD host, release 14: 43 statistics. */
    public static final String AMD_14 = "amd-14.vcpu0.txt";

    /** vCPU 1 of an Intel host, release 12, with the matrix of IPIs: 56 statistics. */
    public static final String INTEL_12 = "intel-12.vcpu1.txt";

    /** Sets, vCPU 0 and topology of an arm64 host, release 15: 16 statistics. */
    public static final String ARM64_15 = "arm64-15.vcpu0.txt";

    /** vCPU 2 of a riscv host, release 15: 4 statistics. */
    public static final String RISCV_15 = "riscv-15.vcpu2.txt";

    public static final List<String> ALL = List.of(AMD_14, INTEL_12, ARM64_15, RISCV_15);

    /** The whole --get-all of vCPU 2 of an AMD host, release 14. */
    public static final String GET_ALL_AMD_14 = "get-all.amd-14.vcpu2.txt";

    /** The whole --get-all of vCPU 1 of an AMD host, in the order of release 15, with a line of debug cpus. */
    public static final String GET_ALL_AMD_15 = "get-all.amd-15.vcpu1.txt";

    /** The whole --get-all of vCPU 0 of an Intel host, release 12. */
    public static final String GET_ALL_INTEL_12 = "get-all.intel-12.vcpu0.txt";

    /** The whole --get-all of vCPU 3 of an arm64 host, release 15. */
    public static final String GET_ALL_ARM64_15 = "get-all.arm64-15.vcpu3.txt";

    public static final List<String> GET_ALL =
            List.of(GET_ALL_AMD_14, GET_ALL_AMD_15, GET_ALL_INTEL_12, GET_ALL_ARM64_15);

    private DumpFixtures() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Objects.requireNonNull(DumpFixtures.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    public static String text(String name) {
        return new String(bytes(name), ISO_8859_1);
    }

    /** The only statistics block of a fixture. */
    public static StatBlock block(String name) {
        return BhyvectlParser.parse(bytes(name), StatTable.EMPTY).stats().get(0);
    }
}
