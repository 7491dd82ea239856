package org.bhyvescope.hypervisor.vmmdev;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.libc.Errno;
import org.bhyvescope.libc.VmmDevice;

/**
 * The kernel's list of statistics, and the table that is made of it. A description that occurs twice, or is empty, has no
 * column of its own, as in a text of bhyvectl's.
 */
final class KernelList {
    /** More than any kernel has (63); a list that does not end is an error. */
    private static final int MAX = 1024;

    private final StatTable table;

    /** Of each column, the kernel's index; longer than the table where descriptions have no column. */
    private final int[] indexes;

    private KernelList(StatTable table, int[] indexes) {
        this.table = table;
        this.indexes = indexes;
    }

    /** The list with these descriptions. */
    static KernelList of(List<String> descriptions) {
        List<String> names = new ArrayList<>();
        int[] indexes = new int[descriptions.size()];
        for (int i = 0; i < indexes.length; i++) {
            String name = descriptions.get(i).strip();
            if (!name.isEmpty() && !names.contains(name)) {
                indexes[names.size()] = i;
                names.add(name);
            }
        }
        return new KernelList(new StatTable(names), indexes);
    }

    /**
     * Asks the kernel for its list, one call for each description.
     *
     * @param into takes them, in the kernel's order
     * @return 0, or a negated errno
     */
    static int read(VmmDevice device, List<String> into) {
        byte[] text = new byte[VmmDevice.DESCRIPTION_BYTES];
        for (int i = 0; i < MAX; i++) {
            int length = device.description(i, text);
            if (length == -Errno.EINVAL.number()) {
                return 0;
            } else if (length < 0) {
                return length;
            }
            into.add(new String(text, 0, length, ISO_8859_1));
        }
        return -Errno.EINVAL.number();
    }

    StatTable table() {
        return table;
    }

    /** Statistics of the kernel, which is how many values it gives. */
    int count() {
        return indexes.length;
    }

    /** The values in the table's order, of those in the kernel's; the same array where that is the same. */
    long[] columns(long[] values) {
        if (table.size() == indexes.length) {
            return values;
        }
        long[] columns = new long[table.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = values[indexes[i]];
        }
        return columns;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof KernelList other && table.equals(other.table) && Arrays.equals(indexes, other.indexes);
    }

    @Override
    public int hashCode() {
        return table.hashCode();
    }
}
