package org.bhyvescope.host;

import java.util.List;
import java.util.TreeMap;

/** Of the processes of one VM, the one that started last: where a wrapper restarts bhyve, the old one may still be on its way out. */
final class Newest {
    private Newest() {}

    /** One process for each VM, by its name. */
    static List<BhyveProcess> ofEach(List<BhyveProcess> processes) {
        TreeMap<String, BhyveProcess> byName = new TreeMap<>();
        processes.forEach(process -> byName.merge(process.vm(), process, Newest::later));
        return List.copyOf(byName.values());
    }

    private static BhyveProcess later(BhyveProcess a, BhyveProcess b) {
        return a.id().startMicros() > b.id().startMicros() ? a : b;
    }
}
