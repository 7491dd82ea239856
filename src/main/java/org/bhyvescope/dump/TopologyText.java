package org.bhyvescope.dump;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The line {@code cpu_topology:} behind its name. */
final class TopologyText {
    private static final Pattern TOPOLOGY =
            Pattern.compile("sockets=(\\d{1,5}),\\s+cores=(\\d{1,5}),\\s+threads=(\\d{1,5}),\\s+maxcpus=(\\d{1,5})");

    private TopologyText() {}

    /** {@code sockets=1, cores=4, threads=1, maxcpus=16}; null if it is anything else. */
    static @Nullable Topology parse(String text) {
        Matcher m = TOPOLOGY.matcher(text.strip());
        return m.matches() ? new Topology(number(m, 1), number(m, 2), number(m, 3), number(m, 4)) : null;
    }

    private static int number(Matcher m, int group) {
        return Integer.parseInt(m.group(group));
    }
}
