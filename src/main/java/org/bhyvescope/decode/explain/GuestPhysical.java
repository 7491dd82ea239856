package org.bhyvescope.decode.explain;

import java.util.Optional;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.NamedValue;
import org.bhyvescope.dump.MemoryMapping;
import org.bhyvescope.dump.VmFacts;

/** Names a guest-physical address: by the VM's memory map, or as one of the architecture's devices. */
final class GuestPhysical {
    private GuestPhysical() {}

    static String name(long address, Optional<VmFacts> vm, Decoder decoder) {
        Optional<MemoryMapping> memory = vm.flatMap(
                v -> v.mappings().stream().filter(m -> contains(m, address)).findFirst());
        if (memory.isPresent()) {
            return "guest physical address, in " + memory.get().segment() + " by the memory map";
        }
        Optional<NamedValue> device = decoder.value("mmio", address);
        String outside = vm.filter(v -> !v.mappings().isEmpty()).isPresent() ? ", outside the memory map" : "";
        return device.map(d -> "guest physical address: " + d.name() + outside)
                .orElse("guest physical address" + outside);
    }

    /** Whether the memory map has it. */
    static boolean isMemory(long address, VmFacts vm) {
        return vm.mappings().stream().anyMatch(m -> contains(m, address));
    }

    private static boolean contains(MemoryMapping mapping, long address) {
        return Long.compareUnsigned(address, mapping.address()) >= 0
                && Long.compareUnsigned(
                                address - mapping.address(), mapping.size().bytes())
                        < 0;
    }
}
