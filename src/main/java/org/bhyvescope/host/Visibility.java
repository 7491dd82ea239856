package org.bhyvescope.host;

import java.util.Optional;
import java.util.function.Function;
import org.bhyvescope.libc.Sysctls.Name;

/** Whether the kernel shows the processes of all users and jails: those that it hides are just missing. */
final class Visibility {
    private Visibility() {}

    /**
     * Whether none is hidden. A jail shows its own only, also to root; false where nothing is known.
     *
     * @param root whether we are root, from whom nothing else is hidden
     * @param read the text of a sysctl; empty where this system has none of this name
     */
    static boolean ofAll(boolean root, Function<Name, Optional<String>> read) {
        return read.apply(Name.JAILED).filter(text -> text.equals("0")).isPresent()
                && (root
                        || (shows(Name.SEE_OTHER_UIDS, read)
                                && shows(Name.SEE_OTHER_GIDS, read)
                                && shows(Name.SEE_JAIL_PROCESSES, read)));
    }

    private static boolean shows(Name name, Function<Name, Optional<String>> read) {
        return read.apply(name).filter(text -> text.equals("0")).isEmpty();
    }
}
