package org.bhyvescope.hypervisor.vmmdev;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.dump.TsvRows;

/** What a state is made of, by number and by name: {@code registers.tsv}, {@code capabilities.tsv}, {@code segments.tsv}. */
final class StateTables {
    private static final String ANY = "any";

    /** VMCB_ACCESS and VMCS_IDENT (libvmmapi.md §5): such a number is negative, which tells it from a register's. */
    private static final int CONTROL_BLOCK = 0x8000_0000;

    private static final int VMCB_BYTES_SHIFT = 16;

    private final List<Register> amd = new ArrayList<>();
    private final List<Register> intel = new ArrayList<>();
    private final List<String> capabilities = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();

    /**
     * A register or a field of the control block.
     *
     * @param name as bhyvectl prints it
     * @param number as VM_GET_REGISTER_SET takes it
     */
    record Register(String name, int number) {}

    private record Segment(int firstRelease, int lastRelease, int first, int last, String name) {}

    private StateTables() {
        for (String[] row : TsvRows.load(StateTables.class, "registers.tsv")) {
            Register register = new Register(row[0], number(row[2], Integer.decode(row[3]), Integer.parseInt(row[4])));
            if (row[1].equals(ANY) || row[1].equals("amd")) {
                amd.add(register);
            }
            if (row[1].equals(ANY) || row[1].equals("intel")) {
                intel.add(register);
            }
        }
        for (String[] row : TsvRows.load(StateTables.class, "capabilities.tsv")) {
            if (Integer.parseInt(row[0]) != capabilities.size()) {
                throw new IllegalArgumentException("capability " + row[0] + " is out of order");
            }
            capabilities.add(row[1]);
        }
        for (String[] row : TsvRows.load(StateTables.class, "segments.tsv")) {
            String[] range = row[0].split("-", 2);
            segments.add(new Segment(
                    Integer.parseInt(range[0]),
                    range[1].isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(range[1]),
                    Integer.parseInt(row[1]),
                    Integer.parseInt(row[2]),
                    row[3]));
        }
    }

    /** The tables in the jar. */
    static StateTables load() {
        return new StateTables();
    }

    private static int number(String kind, int number, int bytes) {
        return switch (kind) {
            case "register" -> number;
            case "vmcb" -> CONTROL_BLOCK | bytes << VMCB_BYTES_SHIFT | number;
            case "vmcs" -> CONTROL_BLOCK | number;
            default -> throw new IllegalArgumentException("kind " + kind);
        };
    }

    /** What is read on a host of this vendor, in order. */
    List<Register> registers(boolean ofIntel) {
        return ofIntel ? intel : amd;
    }

    /** Their numbers. */
    int[] numbers(boolean ofIntel) {
        return registers(ofIntel).stream().mapToInt(Register::number).toArray();
    }

    /** Names of capabilities by their number. */
    List<String> capabilities() {
        return capabilities;
    }

    /** What a segment is called that has no name, or whose name the kernel does not tell. */
    String segment(int release, int id) {
        return segments.stream()
                .filter(s -> s.firstRelease() <= release && release <= s.lastRelease())
                .filter(s -> s.first() <= id && id <= s.last())
                .findFirst()
                .map(Segment::name)
                .orElse("segment" + id);
    }
}
