package org.bhyvescope.decode.explain;

import java.util.List;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.dump.Capability;
import org.bhyvescope.dump.VcpuDump;

/** bhyve's switches of a vCPU. */
final class Capabilities {
    private Capabilities() {}

    static List<Report.Line> of(VcpuDump dump, Decoder decoder) {
        return dump.capabilities().entrySet().stream()
                .map(e -> new Report.Line(e.getKey(), state(e.getValue()), meaning(e.getKey(), decoder)))
                .toList();
    }

    private static String state(Capability capability) {
        return switch (capability) {
            case SET -> "set";
            case NOT_SET -> "not set";
            case NOT_AVAILABLE -> "not available";
        };
    }

    private static String meaning(String name, Decoder decoder) {
        return decoder.named("capability", name).map(v -> v.meaning()).orElse("not in the table");
    }
}
