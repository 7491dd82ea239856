package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The dumps of vCPUs in a text, in the order of their first lines. */
final class Vcpus {
    private static final int COST = 1024;

    private final Budget budget;
    private final List<VcpuBuilder> all = new ArrayList<>();
    private final Map<Integer, VcpuBuilder> newest = new HashMap<>();

    Vcpus(Budget budget) {
        this.budget = budget;
    }

    /** The newest dump of a vCPU, or null. */
    @Nullable
    VcpuBuilder find(int id) {
        return newest.get(id);
    }

    /** The newest dump of a vCPU, begun if there is none; null if the text holds too much. */
    @Nullable
    VcpuBuilder at(int id) {
        VcpuBuilder vcpu = newest.get(id);
        return vcpu != null ? vcpu : begin(id);
    }

    /** Another dump of this vCPU begins; null if the text holds too much. */
    @Nullable
    VcpuBuilder begin(int id) {
        if (!budget.take(COST)) {
            return null;
        }
        VcpuBuilder vcpu = new VcpuBuilder(id);
        all.add(vcpu);
        newest.put(id, vcpu);
        return vcpu;
    }

    List<VcpuBuilder> all() {
        return all;
    }
}
