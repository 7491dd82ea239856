package org.bhyvescope.dump;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Something that bhyve(8), or who started it, wrote on standard error or in a log (exit-reasons.md §3 to §5). */
public sealed interface BhyveMessage {
    /**
     * The block {@code vm exit[N]} that bhyve prints before it aborts.
     *
     * @param vcpu the vCPU, if its line is there
     * @param vmx whether the reason is VMX; else SVM
     * @param values by name: {@code rip}, {@code inst_length}, {@code exitcode}, {@code exit_reason}, {@code qualification}, ...
     * @param reasonText the name that newer versions print behind the exit reason, or empty
     * @param cut whether lines of the block are missing
     */
    record VmExit(OptionalInt vcpu, boolean vmx, Map<String, Long> values, String reasonText, boolean cut)
            implements BhyveMessage {
        /** The exit reason of no exit (sys/amd64/vmm/intel/vmx.c vmx_exit_inst_error). */
        public static final long NO_EXIT = 0xffffffffL;

        /** Whether the guest was entered at all, so that there was an exit; else VMLAUNCH or VMRESUME failed outright. */
        public boolean entered() {
            Long reason = values.get("exit_reason");
            return !(vmx && reason != null && reason == NO_EXIT);
        }
    }

    /**
     * {@code Failed to emulate instruction [0x0f 0xae ...] at 0x...}
     *
     * @param bytes the instruction's bytes and some behind it, each 0 to 255
     * @param rip where it is, if the line is whole
     */
    record EmulationFailed(List<Integer> bytes, OptionalLong rip) implements BhyveMessage {}

    /**
     * Any other line that is known.
     *
     * @param numbers the numbers in it, in the order of the kind's description
     * @param line the line, printable and shortened
     */
    record Said(Kind kind, List<Long> numbers, String line) implements BhyveMessage {}

    /** Kinds of known lines. */
    enum Kind {
        /** {@code Unhandled in/out ...}: port, rip. */
        UNHANDLED_IO,
        /** {@code Unhandled memory access to 0x...}: guest-physical address. */
        UNHANDLED_MEMORY,
        /** {@code rdmsr to register 0x... on vcpu N}: MSR, vCPU. */
        UNKNOWN_RDMSR,
        /** {@code wrmsr to register 0x...(0x...) on vcpu N}: MSR, value, vCPU. */
        UNKNOWN_WRMSR,
        /** {@code vm_loop: unexpected exitcode 0x...}: VM_EXITCODE. */
        UNEXPECTED_EXIT,
        /** {@code vm_loop: unexpected VMEXIT_...}: none. */
        UNEXPECTED_DEBUG_EXIT,
        /** {@code vmexit_suspend: invalid reason N}: reason. */
        INVALID_SUSPEND,
        /** {@code vm_run error N, errno M}: both. */
        VM_RUN_ERROR,
        /** How the bhyve process ended, by its exit status, as vm-bhyve or CBSD logs it: status. */
        EXIT_STATUS,
        /** The shell's message that the process was ended by SIGABRT: none. */
        ABORTED,
        /** {@code verify_gla mismatch: ...}: the gla and the one that the emulator worked out. */
        VERIFY_GLA
    }
}
