package org.bhyvescope.hypervisor.recording;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bhyvescope.hypervisor.Snapshot;

/** All that a snapshot holds, as a text: two that say the same are the same. */
final class Same {
    private Same() {}

    static String text(Snapshot s) {
        StringBuilder text = new StringBuilder()
                .append(s.vm())
                .append(" wall ")
                .append(s.wallMillis())
                .append(" end ")
                .append(s.endNanos())
                .append(" active ")
                .append(s.active())
                .append(" suspended ")
                .append(s.suspended())
                .append(' ')
                .append(s.topology())
                .append(' ')
                .append(s.table());
        for (int row = 0; row < s.rows(); row++) {
            int r = row;
            text.append('\n')
                    .append(s.vcpu(row))
                    .append(" at ")
                    .append(s.nanos(row))
                    .append(' ');
            LongStream values = IntStream.range(0, s.table().size()).mapToLong(column -> s.value(r, column));
            text.append(Arrays.toString(values.toArray()));
        }
        return text.toString();
    }
}
