package org.bhyvescope.dump;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Collects one block {@code vm exit[N]} of an aborting bhyve (exit-reasons.md §5). */
final class AbortBlock {
    private static final Map<String, Row> ROWS = rows();

    /** A row of {@code abort-lines.tsv}. */
    record Row(String name, boolean padded, String reason, boolean opensIfNamed) {
        boolean isOf(boolean vmx) {
            return reason.equals("both") || reason.equals(vmx ? "vmx" : "svm");
        }
    }

    private OptionalInt vcpu;
    private @Nullable Boolean vmx;
    private final Map<String, Long> values = new LinkedHashMap<>();
    private final Set<String> contradicted = new HashSet<>();
    private String reasonText = "";

    AbortBlock(OptionalInt vcpu) {
        this.vcpu = vcpu;
    }

    private static Map<String, Row> rows() {
        Map<String, Row> rows = new LinkedHashMap<>();
        for (String[] row : TsvRows.load("abort-lines.tsv")) {
            rows.put(row[0], new Row(row[0], row[1].equals("x16"), row[2], row[3].equals("named")));
        }
        return rows;
    }

    /** The row of a line of the block, or null. */
    static @Nullable Row row(String name) {
        return ROWS.get(name);
    }

    OptionalInt vcpu() {
        return vcpu;
    }

    void reason(boolean isVmx) {
        if (vmx != null && vmx != isVmx) {
            vcpu = OptionalInt.empty();
        }
        vmx = isVmx;
    }

    /**
     * Keeps a value. Two vCPUs can abort at once, and their lines mix: what is there twice with two values belongs to
     * nobody, and the block to no vCPU.
     */
    void put(Row row, long value, String text) {
        if (vmx == null && !row.reason().equals("both")) {
            vmx = row.reason().equals("vmx");
        }
        Long old = contradicted.contains(row.name()) ? null : values.putIfAbsent(row.name(), value);
        if (old != null && old != value) {
            contradicted.add(row.name());
            values.remove(row.name());
            vcpu = OptionalInt.empty();
        } else if (!text.isEmpty()) {
            reasonText = text;
        }
    }

    /** The block, or null if too little of it was there to tell what it is. */
    BhyveMessage.@Nullable VmExit build() {
        Boolean isVmx = vmx;
        if (isVmx == null) {
            return null;
        }
        boolean cut =
                vcpu.isEmpty() || ROWS.values().stream().anyMatch(r -> r.isOf(isVmx) && !values.containsKey(r.name()));
        String text = contradicted.contains("exit_reason") ? "" : reasonText;
        return new BhyveMessage.VmExit(vcpu, isVmx, java.util.Collections.unmodifiableMap(values), text, cut);
    }
}
