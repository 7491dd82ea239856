package org.bhyvescope.hypervisor.vmmdev;

import java.util.Arrays;
import java.util.BitSet;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.libc.VmmDevice;

/** One of a VM's sets, as it was read last: nothing is made anew while it stays the same. */
final class VcpuSet {
    private final VmmDevice.Cpus which;
    private final long[] words = new long[VmmDevice.CPU_WORDS];
    private final long[] before = new long[VmmDevice.CPU_WORDS];
    private CpuSet set = CpuSet.NONE;

    VcpuSet(VmmDevice.Cpus which) {
        this.which = which;
    }

    /** Reads it; 0, or a negated errno. */
    int read(VmmDevice device) {
        int result = device.cpus(which, words);
        if (result == 0 && !Arrays.equals(words, before)) {
            set = CpuSet.of(BitSet.valueOf(words).stream().toArray());
            System.arraycopy(words, 0, before, 0, words.length);
        }
        return result;
    }

    CpuSet get() {
        return set;
    }
}
