package org.bhyvescope.hypervisor.vmmdev;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.libc.Errno;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.libc.VmmAbi;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.libc.VmmOpening;

/**
 * Reads the state of a vCPU by ioctls: its registers and the last exit in one locking call, so that all of it is of one moment,
 * and of the VM what the kernel tells without freezing a vCPU. Runs in a process that can be abandoned. The device is opened
 * for each reading: a state is read once a minute.
 */
final class StateReader {
    private static final String AMD64 = "amd64";

    /** {@code __FreeBSD_version} of 14.3 is 1403000. */
    private static final long VERSIONS_OF_A_RELEASE = 100_000;

    /** From here on VM_MMAP_GETNEXT freezes no vCPU. */
    private static final int FIRST_WITH_MEMORY = 13;

    private static final int MAX_MAPPINGS = 1024;
    private static final int MAX_SEGMENTS = 64;

    private final VmDirectory directory;
    private final Endings endings;
    private final String arch;
    private final VmmAbi abi = new VmmAbi();
    private long lockingCalls;

    /** @param arch the JVM's {@code os.arch} */
    StateReader(VmDirectory directory, String arch) {
        this.directory = directory;
        this.endings = new Endings(directory);
        this.arch = arch;
    }

    /** Calls made so far that froze a vCPU. */
    long lockingCalls() {
        return lockingCalls;
    }

    RawReading read(ReaderRequest.State asked) {
        if (!arch.equals(AMD64)) {
            return RawReading.not(
                    Cause.NOT_STARTED, "registers are read on amd64 only, and this is " + arch + ": use bhyvectl");
        }
        OptionalLong vmx = Sysctls.number(Sysctls.Name.VMX_INITIALIZED);
        if (vmx.isEmpty()) {
            return RawReading.not(
                    Cause.NOT_STARTED,
                    "sysctl hw.vmm.vmx.initialized cannot be read, so it is not known whether this is Intel or AMD");
        }
        VmId vm = asked.vm();
        if (!endings.isStill(vm)) {
            return RawReading.not(Cause.GONE, "destroyed, or created again, since its statistics were read");
        }
        VmmOpening opening = VmmDevice.open(directory.node(vm.name()), abi);
        if (opening instanceof VmmOpening.Refused refused) {
            return new RawReading.Not(endings.explained(vm, Refusals.of("open", refused.errno())));
        }
        try (VmmDevice device = ((VmmOpening.Opened) opening).device()) {
            RawReading reading = read(asked, device, vmx.getAsLong() == 1);
            if (reading instanceof RawReading.Not not) {
                return new RawReading.Not(endings.explained(vm, not.failure()));
            }
            return endings.isStill(vm)
                    ? reading
                    : RawReading.not(Cause.REPLACED, "destroyed, or created again, while it was read");
        }
    }

    private RawReading read(ReaderRequest.State asked, VmmDevice device, boolean intel) {
        VmHandle facts = new VmHandle(device);
        int result = facts.active.read(device);
        result = result < 0 ? result : facts.suspended.read(device);
        if (result < 0) {
            return not("VM_GET_CPUS", result);
        }
        if (!facts.active.get().contains(asked.vcpu())) {
            return RawReading.not(
                    Cause.NO_OUTPUT, "vCPU " + asked.vcpu() + " is not active any more, so it is not read");
        }
        result = facts.readTopology();
        if (result < 0) {
            return not("VM_GET_TOPOLOGY", result);
        }
        int release = release();
        List<long[]> mappings = new ArrayList<>();
        List<RawState.Segment> segments = new ArrayList<>();
        if (release >= FIRST_WITH_MEMORY) {
            readMappings(device, mappings);
            readSegments(device, segments);
        }
        long[] seconds = new long[1];
        result = device.rtc(seconds);
        if (result == -Errno.ENXIO.number()) {
            return not("VM_RTC_GETTIME", result);
        }
        OptionalLong rtc = result == 0 ? OptionalLong.of(seconds[0]) : OptionalLong.empty();

        int[] numbers = intel ? asked.intel() : asked.amd();
        long[] registers = new long[numbers.length];
        lockingCalls++;
        result = device.registers(asked.vcpu(), numbers, registers);
        if (result < 0) {
            return new RawReading.Not(Refusals.ofRegisters(asked.vcpu(), -result));
        }
        int[] capabilities = new int[asked.capabilities()];
        int known = readCapabilities(device, asked.vcpu(), capabilities);
        if (known < 0) {
            return not("VM_GET_CAPABILITY of vCPU " + asked.vcpu(), known);
        }
        return new RawReading.Whole(new RawState(
                release,
                intel,
                registers,
                Arrays.copyOf(capabilities, known),
                mappings,
                segments,
                rtc,
                facts.active.get(),
                facts.suspended.get(),
                facts.topology()));
    }

    private static RawReading not(String call, int result) {
        Failure failure = Refusals.of(call, -result);
        return new RawReading.Not(failure);
    }

    private static int release() {
        OptionalLong date = Sysctls.number(Sysctls.Name.RELEASE_DATE);
        return date.isPresent() ? (int) (date.getAsLong() / VERSIONS_OF_A_RELEASE) : 0;
    }

    /** As far as the kernel tells: an error other than that of its end leaves what there is. */
    private static void readMappings(VmmDevice device, List<long[]> into) {
        long[] mapping = new long[VmmDevice.MAPPING_WORDS];
        long from = 0;
        while (into.size() < MAX_MAPPINGS && device.nextMapping(from, mapping) == 0) {
            into.add(mapping.clone());
            long end = mapping[0] + mapping[3];
            if (Long.compareUnsigned(end, from) <= 0) {
                return;
            }
            from = end;
        }
    }

    private static void readSegments(VmmDevice device, List<RawState.Segment> into) {
        long[] length = new long[1];
        byte[] name = new byte[VmmDevice.SEGMENT_NAME_BYTES];
        for (int id = 0; id < MAX_SEGMENTS; id++) {
            int bytes = device.segment(id, length, name);
            if (bytes < 0) {
                return;
            }
            if (length[0] != 0) {
                into.add(new RawState.Segment(id, length[0], new String(name, 0, bytes, ISO_8859_1)));
            }
        }
    }

    /** How many the kernel knows, at most as many as there is room for; or a negated errno. */
    private int readCapabilities(VmmDevice device, int vcpu, int[] into) {
        for (int i = 0; i < into.length; i++) {
            lockingCalls++;
            int result = device.capability(vcpu, i);
            if (result == -Errno.EINVAL.number()) {
                return i;
            } else if (result < 0 && result != -Errno.ENOENT.number()) {
                return result;
            }
            into[i] = result < 0 ? RawState.NOT_AVAILABLE : result;
        }
        return into.length;
    }
}
