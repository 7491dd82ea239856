package org.bhyvescope.dump;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a text about one VM holds: the output of {@code bhyvectl --get-all} or {@code --get-stats} for one or more vCPUs,
 * lines of bhyve(8) itself, in any mixture, whole or cut, as printed or as somebody pasted it.
 *
 * @param vm what the text says of the VM as a whole
 * @param vcpus what it says of each vCPU, in the order of their first lines
 * @param messages bhyve's own words, in the order of the text
 * @param exitCounts a summary that counts exits by their SVM code, in the order of the text
 * @param complaints bhyvectl's complaints on standard error, for instance {@code Couldn't open /dev/mem: ...}
 * @param errno bhyvectl's line {@code errno = N}: a getter failed, with FreeBSD's error number
 * @param unknown lines that are none of these
 * @param cut the text does not end with a newline: its last line may be half a line, and was left out where half of it
 *     would read as a whole one
 */
public record DumpText(
        VmFacts vm,
        List<VcpuDump> vcpus,
        List<BhyveMessage> messages,
        List<ExitCount> exitCounts,
        List<String> complaints,
        OptionalInt errno,
        UnknownLines unknown,
        boolean cut) {
    /** The dump of a vCPU. */
    public Optional<VcpuDump> vcpu(int id) {
        return vcpus.stream().filter(v -> v.vcpu() == id).findFirst();
    }

    /** Whether there is nothing in the text that this program knows. */
    public boolean isEmpty() {
        return vcpus.isEmpty() && messages.isEmpty() && exitCounts.isEmpty() && vm.isEmpty();
    }
}
