package org.bhyvescope.dump;

import java.util.Locale;
import java.util.OptionalInt;

/**
 * What a failed bhyvectl says, by release (bhyvectl-behaviour.md §2). The texts are matched by what they have in common,
 * since every release words them a little differently.
 */
public enum FailureText {
    /** There is no such VM (or vmm.ko is not loaded), or it went away. */
    MISSING,
    /** Not root, not in the node's group, or a jail without allow.vmm. */
    DENIED,
    /** FreeBSD 12 says "is not created" whatever the reason was: look at the node to tell. */
    MISSING_OR_DENIED,
    /** The host's CPU is neither AMD's nor Intel's (amd64). */
    UNKNOWN_VENDOR,
    /** bhyvectl does not know one of our options. */
    USAGE,
    /** None of these. */
    OTHER;

    private static final String NOT_OPENED = "could not be opened:";
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int ENXIO = 6;
    private static final int EACCES = 13;

    /**
     * Classifies a failure.
     *
     * @param stdout standard output as text
     * @param stderr standard error as text
     * @param errno the number in an {@code errno = N} line (FreeBSD's numbers)
     */
    public static FailureText of(String stdout, String stderr, OptionalInt errno) {
        String both = (stdout + "\n" + stderr).toLowerCase(Locale.ROOT);
        int opened = both.lastIndexOf(NOT_OPENED);
        if (opened >= 0) {
            // Only what follows: before it stands the VM's name, which may hold any words.
            String reason = both.substring(opened);
            if (reason.contains("permission denied") || reason.contains("operation not permitted")) {
                return DENIED;
            }
            return reason.contains("no such file") || reason.contains("device not configured") ? MISSING : OTHER;
        }
        if (both.contains("is not created.")) {
            return MISSING_OR_DENIED;
        }
        if (both.contains("unknown cpu vendor")) {
            return UNKNOWN_VENDOR;
        }
        if (both.contains("usage: bhyvectl")) {
            return USAGE;
        }
        if (errno.isPresent()) {
            return switch (errno.getAsInt()) {
                case EPERM, EACCES -> DENIED;
                case ENOENT, ENXIO -> MISSING;
                default -> OTHER;
            };
        }
        return OTHER;
    }
}
