package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads sysctls by sysctlbyname(3), and only those of {@link Name}, {@link DeviceNode} and {@link SysctlBuffer.Opaque}. Never
 * writes.
 */
public final class Sysctls {
    /** The allow-list of single values. hw.vmm.create and hw.vmm.destroy, which are commands, are not on it. */
    public enum Name {
        /** Host TSC frequency in Hz: the unit of {@code vcpu total runtime}. */
        TSC_FREQUENCY("machdep.tsc_freq"),
        /** Clock ticks a second: the unit of {@code number of ticks vcpu was idle}. */
        HZ("kern.hz"),
        /** {@code __FreeBSD_version}, for example 1403000. */
        RELEASE_DATE("kern.osreldate"),
        /** Limit of vCPU ids of a VM (14 and later). */
        MAX_VCPUS("hw.vmm.maxcpu"),
        /** 1 if an IOMMU is in use. */
        IOMMU_INITIALIZED("hw.vmm.iommu.initialized"),
        /** 1 if using one is allowed. */
        IOMMU_ENABLED("hw.vmm.iommu.enable"),
        /** Devices that the driver ppt owns. */
        PPT_DEVICES("hw.vmm.ppt.devices"),
        /** 1 on Intel with VMX in use, 0 elsewhere. */
        VMX_INITIALIZED("hw.vmm.vmx.initialized"),
        /** Bytes of a page of memory. */
        PAGE_SIZE("hw.pagesize"),
        /** 0 if a user's processes are hidden from other users. */
        SEE_OTHER_UIDS("security.bsd.see_other_uids"),
        /** 0 if processes are hidden from users of other groups. */
        SEE_OTHER_GIDS("security.bsd.see_other_gids"),
        /** 0 if the processes of jails are hidden from users outside. */
        SEE_JAIL_PROCESSES("security.bsd.see_jail_proc"),
        /** 1 inside a jail. */
        JAILED("security.jail.jailed"),
        /** The host's CPU, a text. */
        MODEL("hw.model"),
        /** AMD: 1 if a tunable allows its IOMMU (12: 0 unless it is set). */
        AMDVI_ENABLED("hw.vmm.amdvi.enable"),
        /** AMD: units of its IOMMU. */
        AMDVI_UNITS("hw.vmm.amdvi.count");

        private final String text;

        Name(String text) {
            this.text = text;
        }

        /** As sysctl(8) takes it. */
        public String text() {
            return text;
        }
    }

    /** What is read of the units of a driver. */
    public enum DeviceLeaf {
        /** {@code slot=0 function=0 dbsf=pci0:3:0:0}, perhaps followed by ACPI's handle (sys/dev/pci/pci.c). */
        PPT_LOCATION("ppt", "%location"),
        /** {@code vendor=0x1002 device=0x73af subvendor=0x1043 subdevice=0x04fe class=0x030000} (sys/dev/pci/pci.c). */
        PPT_IDS("ppt", "%pnpinfo"),
        /** A number: event interrupts of one unit of AMD's IOMMU (sys/amd64/vmm/amd/amdvi_hw.c). */
        IVHD_EVENTS("ivhd", "event_intr_count");

        private final String driver;
        private final String leaf;

        DeviceLeaf(String driver, String leaf) {
            this.driver = driver;
            this.leaf = leaf;
        }
    }

    /**
     * The allow-list of devices' values, each made of constants and a number: {@code dev.ppt.0.%location}.
     *
     * @param unit 0 to {@link #MAX_UNIT}
     */
    public record DeviceNode(DeviceLeaf leaf, int unit) {
        /** Far more devices than hosts have. */
        public static final int MAX_UNIT = 255;

        /** @throws IllegalArgumentException if there can be no such unit */
        public DeviceNode {
            if (unit < 0 || unit > MAX_UNIT) {
                throw new IllegalArgumentException("unit " + unit);
            }
        }

        /** As sysctl(8) takes it. */
        public String text() {
            return "dev." + leaf.driver + "." + unit + "." + leaf.leaf;
        }
    }

    private static final int LENGTH_AT = 0;
    private static final int VALUE_AT = 8;
    private static final int VALUE_SIZE = 1024;
    private static final int NAME_AT = VALUE_AT + VALUE_SIZE;
    private static final int BLOCK_SIZE = NAME_AT + 64;

    private Sysctls() {}

    /** Whether there is anything to ask: this is FreeBSD, or the C library has been named. */
    public static boolean available() {
        return LibcName.isFreeBsd();
    }

    /** What sysctl(8) would print of it; empty where this system has none of this name or cannot be asked. */
    public static Optional<String> read(Name name) {
        if (name == Name.MODEL) {
            return text(name);
        }
        OptionalLong number = number(name);
        return number.isPresent() ? Optional.of(Long.toString(number.getAsLong())) : Optional.empty();
    }

    /** A signed integer of 4 or 8 bytes; empty where this system has none of this name or cannot be asked. */
    public static OptionalLong number(Name name) {
        return numberOf(name.text());
    }

    /** The same of a device; empty also where there is no such unit. */
    public static OptionalLong number(DeviceNode node) {
        return numberOf(node.text());
    }

    private static OptionalLong numberOf(String name) {
        try (Memory block = new Memory(BLOCK_SIZE)) {
            return switch (read(name, block)) {
                case Integer.BYTES -> OptionalLong.of(block.getInt(VALUE_AT));
                case Long.BYTES -> OptionalLong.of(block.getLong(VALUE_AT));
                default -> OptionalLong.empty();
            };
        } catch (LinkageError e) {
            return OptionalLong.empty();
        }
    }

    /** A text, in US-ASCII; empty where this system has none of this name or cannot be asked. */
    public static Optional<String> text(Name name) {
        return textOf(name.text());
    }

    /** The same of a device; empty also where there is no such unit. */
    public static Optional<String> text(DeviceNode node) {
        return textOf(node.text());
    }

    private static Optional<String> textOf(String name) {
        try (Memory block = new Memory(BLOCK_SIZE)) {
            int length = read(name, block);
            if (length < 0) {
                return Optional.empty();
            }
            String text = new String(block.getByteArray(VALUE_AT, length), US_ASCII);
            int end = text.indexOf('\0');
            return Optional.of(end < 0 ? text : text.substring(0, end));
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    /** The length of the value, or -1. */
    private static int read(String name, Memory block) {
        Libc.load();
        byte[] text = name.getBytes(US_ASCII);
        block.write(NAME_AT, text, 0, text.length);
        block.setByte(NAME_AT + (long) text.length, (byte) 0);
        block.setLong(LENGTH_AT, VALUE_SIZE);
        long address = Pointer.nativeValue(block);
        int result = Libc.sysctlbyname(address + NAME_AT, address + VALUE_AT, address + LENGTH_AT, 0, 0);
        long length = block.getLong(LENGTH_AT);
        return result == 0 && length >= 0 && length <= VALUE_SIZE ? (int) length : -1;
    }

    /**
     * The one call of a {@link SysctlBuffer}: it reads, too.
     *
     * @param value address of the buffer; 0 asks for the length only
     * @return 0 or errno
     */
    static int readInto(long name, long value, long length) {
        return Libc.sysctlbyname(name, value, length, 0, 0) == 0 ? 0 : Native.getLastError();
    }
}
