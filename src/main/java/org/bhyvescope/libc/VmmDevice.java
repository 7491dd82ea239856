package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The open device of one VM, {@code /dev/vmm/NAME}. One thread uses it at a time; another may close it meanwhile, which
 * takes effect when the call in progress has returned. A call after that is an {@link IllegalStateException}. It does not
 * keep the VM alive: when that is destroyed every call fails with ENXIO, for ever.
 *
 * <p>Methods return what they promise, or an error as {@code -errno} with FreeBSD's number ({@link Errno}), and allocate
 * nothing. Each is one ioctl except where it says otherwise.
 */
public final class VmmDevice implements AutoCloseable {
    /** 64-bit words that {@link #cpus} can fill: more than any FreeBSD's CPU_MAXSIZE. */
    public static final int CPU_WORDS = 32;

    /** Registers that {@link #registers} reads at most. */
    public static final int MAX_REGISTERS = 64;

    /** Bytes that {@link #description} can fill. */
    public static final int DESCRIPTION_BYTES = VmmLayout.DESC_TEXT_SIZE;

    /** 64-bit words that {@link #nextMapping} fills. */
    public static final int MAPPING_WORDS = 6;

    /** Bytes that {@link #segment} can fill. */
    public static final int SEGMENT_NAME_BYTES = VmmLayout.SEGMENT_NAME_SIZE;

    /** sys/sys/fcntl.h: O_RDONLY | O_CLOEXEC. Every ioctl here works on a device that was opened for reading only. */
    private static final int READ_ONLY_CLOSE_ON_EXEC = 0x0000_0000 | 0x0010_0000;

    /** Sizes of a cpuset_t: 14 and later, 12 and 13, and one to come. */
    private static final int[] CPU_SET_BYTES = {128, 32, 256};

    /** Statistics are not asked for beyond this; a kernel has at most 63. */
    private static final int MAX_STATS = 4096;

    private static final int MAX_INTERRUPTIONS = 8;

    private static final int UNKNOWN_REQUEST = -Errno.ENOTTY.number();

    /** The block: the argument of the ioctl, then what arguments point to. */
    private static final int CPU_SET_AT = VmmLayout.STATS_SIZE;

    private static final int NUMBERS_AT = CPU_SET_AT + CPU_WORDS * Long.BYTES;
    private static final int VALUES_AT = NUMBERS_AT + MAX_REGISTERS * Integer.BYTES;
    private static final int BLOCK_SIZE = VALUES_AT + MAX_REGISTERS * Long.BYTES;

    /** Which set {@link #cpus} reads. */
    public enum Cpus {
        /** vCPUs that exist and take part; no other may ever be read. */
        ACTIVE(0),
        /** Those that wait for the end of the VM. */
        SUSPENDED(1);

        private final int which;

        Cpus(int which) {
            this.which = which;
        }
    }

    private final VmmAbi abi;
    private final Memory block = new Memory(BLOCK_SIZE);
    private final Descriptor descriptor;
    private final long address = Pointer.nativeValue(block);

    /** The block again, for single numbers: unlike a Memory's, its access makes no native call. Ends with the block. */
    private final ByteBuffer bytes = block.getByteBuffer(0, BLOCK_SIZE).order(ByteOrder.LITTLE_ENDIAN);

    private VmmDevice(int descriptor, VmmAbi abi) {
        this.descriptor = new Descriptor(descriptor, block);
        this.abi = abi;
    }

    /** Why no device can be opened on this system at all; empty if it can be tried. */
    public static Optional<String> problem() {
        if (!LibcName.isFreeBsd()) {
            return Optional.of("this is not FreeBSD: there are no vmm devices");
        }
        try {
            Libc.load();
            return Optional.empty();
        } catch (LinkageError e) {
            return Optional.of("the C library cannot be called: " + e.getMessage());
        }
    }

    /**
     * Opens a VM's device for reading.
     *
     * @param node {@code /dev/vmm/NAME}
     * @param abi the host's, for all of its VMs
     * @throws LinkageError where there is a {@link #problem}
     */
    public static VmmOpening open(Path node, VmmAbi abi) {
        Libc.load();
        byte[] path = node.toString().getBytes(UTF_8);
        try (Memory text = new Memory(path.length + 1L)) {
            text.write(0, path, 0, path.length);
            text.setByte(path.length, (byte) 0);
            for (int tries = 0; ; tries++) {
                int descriptor = Libc.open(Pointer.nativeValue(text), READ_ONLY_CLOSE_ON_EXEC);
                if (descriptor >= 0) {
                    return new VmmOpening.Opened(new VmmDevice(descriptor, abi));
                }
                int errno = Native.getLastError();
                if (errno != Errno.EINTR.number() || tries == MAX_INTERRUPTIONS) {
                    return new VmmOpening.Refused(errno);
                }
            }
        }
    }

    /**
     * Reads a set of vCPUs (VM_GET_CPUS); once more for each size of a set that this kernel refuses.
     *
     * @param into bit {@code i % 64} of word {@code i / 64} is vCPU i; {@link #CPU_WORDS} words
     * @return 0
     */
    public int cpus(Cpus which, long[] into) {
        begin();
        try {
            int remembered = abi.cpuSetBytes();
            int result = cpus(which, remembered);
            for (int i = 0; result == -Errno.ERANGE.number() && i < CPU_SET_BYTES.length; i++) {
                if (CPU_SET_BYTES[i] != remembered) {
                    result = cpus(which, CPU_SET_BYTES[i]);
                    if (result == 0) {
                        abi.setCpuSetBytes(CPU_SET_BYTES[i]);
                    }
                }
            }
            if (result == 0) {
                block.read(CPU_SET_AT, into, 0, CPU_WORDS);
            }
            return result;
        } finally {
            descriptor.end();
        }
    }

    /** The buffer is always the whole one and zeroed, whatever the kernel is told: it writes as much as it has. */
    private int cpus(Cpus which, int size) {
        block.setMemory(CPU_SET_AT, CPU_WORDS * Long.BYTES, (byte) 0);
        bytes.putInt(VmmLayout.CPUSET_WHICH, which.which);
        bytes.putInt(VmmLayout.CPUSET_SET_SIZE, size);
        bytes.putLong(VmmLayout.CPUSET_ADDRESS, address + CPU_SET_AT);
        return call(VmmRequest.GET_CPUS);
    }

    /**
     * Reads the statistics of one vCPU (VM_STATS): one ioctl per 64 statistics, and one more if this kernel has the other
     * structure. ENOTTY: it has neither.
     *
     * @param vcpu a member of the active set: any other id makes newer kernels create that vCPU
     * @param into the values in the kernel's order, as many as fit
     * @return how many statistics the kernel has
     */
    public int stats(int vcpu, long[] into) {
        begin();
        try {
            boolean old = abi.hasOldStats();
            int count = stats(old, vcpu, into);
            if (count == UNKNOWN_REQUEST) {
                count = stats(!old, vcpu, into);
                if (count >= 0) {
                    abi.setOldStats(!old);
                }
            }
            return count;
        } finally {
            descriptor.end();
        }
    }

    private int stats(boolean old, int vcpu, long[] into) {
        if (old) {
            bytes.putInt(VmmLayout.OLD_STATS_CPUID, vcpu);
            bytes.putInt(VmmLayout.OLD_STATS_ENTRIES, 0);
            return chunk(VmmRequest.OLD_STATS, VmmLayout.OLD_STATS_ENTRIES, VmmLayout.OLD_STATS_VALUES, into, 0);
        }
        for (int index = 0; index < MAX_STATS; index += VmmLayout.STATS_CHUNK) {
            bytes.putInt(VmmLayout.STATS_CPUID, vcpu);
            bytes.putInt(VmmLayout.STATS_INDEX, index);
            bytes.putInt(VmmLayout.STATS_ENTRIES, 0);
            int count = chunk(VmmRequest.STATS, VmmLayout.STATS_ENTRIES, VmmLayout.STATS_VALUES, into, index);
            if (count == -Errno.ENOENT.number() && index > 0) {
                return index;
            }
            if (count != VmmLayout.STATS_CHUNK) {
                return count < 0 ? count : index + count;
            }
        }
        return UNKNOWN_REQUEST;
    }

    /** The number of values in this answer. A number that no kernel gives means that the structure is another one. */
    private int chunk(VmmRequest request, int entriesAt, int valuesAt, long[] into, int index) {
        abi.countStatsCall();
        int result = call(request);
        if (result < 0) {
            return result;
        }
        int count = bytes.getInt(entriesAt);
        if (count < 0 || count > VmmLayout.STATS_CHUNK) {
            return UNKNOWN_REQUEST;
        }
        int fitting = Math.min(count, into.length - index);
        if (fitting > 0) {
            block.read(valuesAt, into, index, fitting);
        }
        return count;
    }

    /**
     * Reads the description of one statistic (VM_STAT_DESC). EINVAL: there is none with this index.
     *
     * @param index its position in what {@link #stats} gives
     * @param into at least {@link #DESCRIPTION_BYTES}
     * @return its length in bytes
     */
    public int description(int index, byte[] into) {
        begin();
        try {
            bytes.putInt(VmmLayout.DESC_INDEX, index);
            block.setMemory(VmmLayout.DESC_TEXT, VmmLayout.DESC_TEXT_SIZE, (byte) 0);
            int result = call(VmmRequest.STAT_DESC);
            if (result < 0) {
                return result;
            }
            return text(VmmLayout.DESC_TEXT, VmmLayout.DESC_TEXT_SIZE, into);
        } finally {
            descriptor.end();
        }
    }

    /**
     * Reads the guest's topology (VM_GET_TOPOLOGY).
     *
     * @param into sockets, cores per socket, threads per core, limit of vCPU ids
     * @return 0
     */
    public int topology(int[] into) {
        begin();
        try {
            int result = call(VmmRequest.GET_TOPOLOGY);
            if (result == 0) {
                into[0] = unsigned(VmmLayout.TOPOLOGY_SOCKETS);
                into[1] = unsigned(VmmLayout.TOPOLOGY_CORES);
                into[2] = unsigned(VmmLayout.TOPOLOGY_THREADS);
                into[3] = unsigned(VmmLayout.TOPOLOGY_MAX_CPUS);
            }
            return result;
        } finally {
            descriptor.end();
        }
    }

    private int unsigned(int at) {
        return Short.toUnsignedInt(bytes.getShort(at));
    }

    /**
     * Reads registers of one vCPU at one moment (VM_GET_REGISTER_SET). It freezes the vCPU and may wait for it without
     * end, unkillable: only for a process that can be abandoned.
     *
     * @param vcpu a member of the active set
     * @param numbers at most {@link #MAX_REGISTERS} numbers of {@code enum vm_reg_name}, or of a field of the VMCB or VMCS
     * @param into the values, in the same order
     * @return 0; after an error {@code into} is as it was
     */
    public int registers(int vcpu, int[] numbers, long[] into) {
        if (numbers.length > MAX_REGISTERS || into.length < numbers.length) {
            throw new IllegalArgumentException(numbers.length + " registers into " + into.length);
        }
        begin();
        try {
            block.write(NUMBERS_AT, numbers, 0, numbers.length);
            bytes.putInt(VmmLayout.REGISTERS_CPUID, vcpu);
            bytes.putInt(VmmLayout.REGISTERS_COUNT, numbers.length);
            bytes.putLong(VmmLayout.REGISTERS_NUMBERS, address + NUMBERS_AT);
            bytes.putLong(VmmLayout.REGISTERS_VALUES, address + VALUES_AT);
            int result = call(VmmRequest.GET_REGISTER_SET);
            if (result == 0) {
                block.read(VALUES_AT, into, 0, numbers.length);
            }
            return result;
        } finally {
            descriptor.end();
        }
    }

    /**
     * Reads a capability of one vCPU (VM_GET_CAPABILITY). It freezes the vCPU as {@link #registers} does. ENOENT: this host has
     * no such capability. EINVAL: this kernel knows none of this number.
     *
     * @param vcpu a member of the active set
     * @param type a number of {@code enum vm_cap_type}
     * @return 1 if it is set, 0 if it is not
     */
    public int capability(int vcpu, int type) {
        begin();
        try {
            block.setInt(VmmLayout.CAPABILITY_CPUID, vcpu);
            block.setInt(VmmLayout.CAPABILITY_TYPE, type);
            block.setLong(VmmLayout.CAPABILITY_VALUE, 0);
            int result = call(VmmRequest.GET_CAPABILITY);
            return result < 0 ? result : block.getInt(VmmLayout.CAPABILITY_VALUE) == 0 ? 0 : 1;
        } finally {
            descriptor.end();
        }
    }

    /**
     * Reads the first mapping of the memory map at or behind an address (VM_MMAP_GETNEXT). ENOENT: there is none. Not for 12,
     * where it locks a vCPU that need not be there.
     *
     * @param address guest-physical, 0 for the first mapping, where the one before ended for the next
     * @param into {@link #MAPPING_WORDS} words: guest-physical address, segment id, offset in the segment, length in bytes,
     *     protection (1 read, 2 write, 4 execute), flags (1 wired, 2 in the IOMMU)
     * @return 0
     */
    public int nextMapping(long address, long[] into) {
        begin();
        try {
            block.setMemory(0, VmmLayout.MAPPING_SIZE, (byte) 0);
            block.setLong(VmmLayout.MAPPING_ADDRESS, address);
            int result = call(VmmRequest.MMAP_GETNEXT);
            if (result == 0) {
                into[0] = block.getLong(VmmLayout.MAPPING_ADDRESS);
                into[1] = block.getInt(VmmLayout.MAPPING_SEGMENT);
                into[2] = block.getLong(VmmLayout.MAPPING_OFFSET);
                into[3] = block.getLong(VmmLayout.MAPPING_LENGTH);
                into[4] = block.getInt(VmmLayout.MAPPING_PROTECTION);
                into[5] = block.getInt(VmmLayout.MAPPING_FLAGS);
            }
            return result;
        } finally {
            descriptor.end();
        }
    }

    /**
     * Reads a memory segment (VM_GET_MEMSEG of 13 and 14). EINVAL: there are no more. ENOTTY: this kernel has another form.
     *
     * @param length takes its length in bytes; 0 for an id that is not in use
     * @param name takes its name, at least {@link #SEGMENT_NAME_BYTES}
     * @return the length of the name, 0 for a segment without one, which is system memory
     */
    public int segment(int id, long[] length, byte[] name) {
        begin();
        try {
            block.setMemory(0, VmmLayout.SEGMENT_SIZE, (byte) 0);
            block.setInt(VmmLayout.SEGMENT_ID, id);
            int result = call(VmmRequest.GET_MEMSEG);
            if (result < 0) {
                return result;
            }
            length[0] = block.getLong(VmmLayout.SEGMENT_LENGTH);
            return text(VmmLayout.SEGMENT_NAME, VmmLayout.SEGMENT_NAME_SIZE, name);
        } finally {
            descriptor.end();
        }
    }

    /**
     * Reads the emulated real-time clock (VM_RTC_GETTIME).
     *
     * @param seconds takes what it shows, as seconds since 1970 if it shows UTC
     * @return 0
     */
    public int rtc(long[] seconds) {
        begin();
        try {
            int result = call(VmmRequest.RTC_GETTIME);
            if (result == 0) {
                seconds[0] = block.getLong(VmmLayout.RTC_SECONDS);
            }
            return result;
        } finally {
            descriptor.end();
        }
    }

    /** Copies a text that ends with a NUL or with its field; returns its length. */
    private int text(int at, int size, byte[] into) {
        block.read(at, into, 0, size);
        int length = 0;
        while (length < size && into[length] != 0) {
            length++;
        }
        return length;
    }

    /** The only ioctl of the program. */
    private int call(VmmRequest request) {
        for (int tries = 0; ; tries++) {
            if (Libc.ioctl(descriptor.number(), request.number(), address) != -1) {
                return 0;
            }
            int errno = Native.getLastError();
            if (errno != Errno.EINTR.number() || tries == MAX_INTERRUPTIONS) {
                return -errno;
            }
        }
    }

    private void begin() {
        if (!descriptor.begin()) {
            throw new IllegalStateException("closed");
        }
    }

    /** Closes the device; again is harmless. While another thread is in a call, its return closes it. */
    @Override
    public void close() {
        descriptor.close();
    }
}
