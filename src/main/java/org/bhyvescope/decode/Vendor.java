package org.bhyvescope.decode;

/** Whose virtualization a host has, recognised by the statistics that its kernel lists. */
public enum Vendor {
    AMD("amd"),
    INTEL("intel"),
    ARM64("arm64"),
    RISCV("riscv"),
    /** The list holds nothing that tells. */
    UNKNOWN("unknown");

    private final String label;

    Vendor(String label) {
        this.label = label;
    }

    /** Whether there are tables of its exit codes. */
    public boolean hasExitCodes() {
        return this == AMD || this == INTEL;
    }

    /** The value of the label {@code vendor}, and the name in the tables. */
    public String label() {
        return label;
    }
}
