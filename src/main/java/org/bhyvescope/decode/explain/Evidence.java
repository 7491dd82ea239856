package org.bhyvescope.decode.explain;

import java.util.ArrayList;
import java.util.List;

/** The lines by which something was seen, in the words and numbers of the text. */
final class Evidence {
    /** Nothing was seen. */
    static final List<String> NONE = List.of();

    private final List<String> lines = new ArrayList<>();

    private Evidence() {}

    static Evidence of(String line) {
        return new Evidence().and(line);
    }

    Evidence and(String line) {
        lines.add(line);
        return this;
    }

    /** A field as bhyvectl prints it, with what it says, if the text has it. */
    Evidence and(VcpuCase vcpu, String field) {
        vcpu.value(field).ifPresent(value -> {
            String summary = vcpu.word(field).map(w -> w.summary()).orElse("");
            lines.add(field + " " + Hex.of(value) + (summary.isEmpty() ? "" : " (" + summary + ")"));
        });
        return this;
    }

    /** Of a vCPU that ran while it was read, what was printed of it can be from more than one moment. */
    Evidence andMoments(VcpuCase vcpu) {
        if (!vcpu.isSuspended()) {
            lines.add("each read at its own moment, unless the vCPU stood still: a second dump tells");
        }
        return this;
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    /** {@code exit_reason 0x88 (VMEXIT_ICEBP)}. */
    static Evidence exit(VcpuCase vcpu) {
        String name = vcpu.exit().map(e -> e.name()).orElse("unknown");
        return of("exit_reason " + Hex.of(vcpu.value("exit_reason").orElse(0)) + " (" + name + ")");
    }

    /** {@code pause: 1,138,635 of 3,259,037 exits (34.9 %)}. */
    static String share(String what, long count, Counters counters) {
        return what + ": " + Hex.count(count) + " of "
                + Hex.count(counters.total().orElse(0)) + " exits (" + Hex.percent(counters.share(count)) + ")";
    }
}
