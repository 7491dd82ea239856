package org.bhyvescope.hypervisor.recording;

/** What a recording may hold at most. A file is not trusted: it may come from somebody else, or be damaged. */
final class Limits {
    static final long LINE_BYTES = 16L << 20;
    static final int STRING_BYTES = 1 << 16;
    static final int VCPU_IDS = 4096;
    static final int TABLES = 64;
    static final int COLUMNS = 4096;
    static final int VMS = 4096;

    /** Values of one snapshot, vCPUs times columns, and numbers in one line. */
    static final int CELLS = 1 << 19;

    /** Values of the newest snapshots of all VMs together, which are kept to tell what changed: 16 MiB. */
    static final long ALL_CELLS = 1L << 21;

    private Limits() {}
}
