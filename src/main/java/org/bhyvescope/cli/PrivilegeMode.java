package org.bhyvescope.cli;

/** With which rights VMs are read (docs/PRIVILEGES.md), and what each risks. */
enum PrivilegeMode {
    ROOT("root", "who takes over the agent is root here; keep it on loopback"),
    DEVFS("devfs group", "who takes over the agent controls every guest, since a node has no right to read only"),
    GATE(
            "gate",
            "no right to any guest; who takes over the agent reads what the gate gives, statistics and registers, "
                    + "and can slow guests by asking without end"),
    BROKEN_GATE(
            "gate", "it does not work as it should, see the line before; what it risks cannot be told until it does"),
    NONE("none", "no VM can be read, neither by a node nor through the gate"),
    UNKNOWN("not root", "there is no VM to tell by whether its nodes may be opened");

    private final String label;
    private final String risk;

    PrivilegeMode(String label, String risk) {
        this.label = label;
        this.risk = risk;
    }

    /**
     * Decides. Pure.
     *
     * @param gate whether the gate is the source
     * @param answers whether the gate is safe and answers, if it is the source
     * @param root whether this process is root's
     * @param vms how many VMs there are
     * @param accessible how many of them have a node that this process may open
     */
    static PrivilegeMode of(boolean gate, boolean answers, boolean root, int vms, int accessible) {
        if (root) {
            return ROOT;
        }
        if (accessible > 0) {
            return DEVFS;
        }
        if (gate) {
            return answers ? GATE : BROKEN_GATE;
        }
        return vms > 0 ? NONE : UNKNOWN;
    }

    /** The mode and its risk in one line. */
    String text() {
        return label + ": " + risk;
    }
}
