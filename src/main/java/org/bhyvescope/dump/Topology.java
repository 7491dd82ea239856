package org.bhyvescope.dump;

/**
 * The guest's topology, from {@code cpu_topology:}.
 *
 * @param sockets packages that the guest sees
 * @param cores cores per package
 * @param threads threads per core
 * @param maxCpus limit of vCPU ids on this host (12, 13: 16; later: sysctl hw.vmm.maxcpu), not the guest's size
 */
public record Topology(int sockets, int cores, int threads, int maxCpus) {
    /** Short form for a label: {@code 1x4x2} is sockets × cores × threads. */
    public String label() {
        return sockets + "x" + cores + "x" + threads;
    }
}
