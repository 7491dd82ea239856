package org.bhyvescope.host;

import java.util.List;
import java.util.function.Predicate;

/** The outcome of looking for bhyve processes. */
public sealed interface ProcessListing {
    /**
     * The bhyve processes that can be seen.
     *
     * @param processes those whose VM is known, by name
     * @param complete whether there is no other; false where the processes of other users or jails may be hidden
     */
    record Listed(List<BhyveProcess> processes, boolean complete) implements ProcessListing {
        Listed only(Predicate<String> wanted) {
            return new Listed(
                    processes.stream()
                            .filter(process -> wanted.test(process.vm()))
                            .toList(),
                    complete);
        }
    }

    /** They cannot be listed. */
    record Failed(String detail) implements ProcessListing {}
}
