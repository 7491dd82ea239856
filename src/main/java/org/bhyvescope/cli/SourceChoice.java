package org.bhyvescope.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which source reads the statistics (design.md §3). Pure.
 *
 * @param kind which
 * @param why why not the vmmdev source, or not in this process; empty where nothing is to be said
 */
record SourceChoice(Kind kind, String why) {
    /** What the user asked for with {@code --source}. */
    enum Wanted {
        AUTO,
        BHYVECTL,
        VMMDEV,
        GATE
    }

    /** What it is to be. */
    enum Kind {
        /** One process of bhyvectl for each vCPU. */
        BHYVECTL,
        /** The same, started by root for this process. */
        GATE,
        /** ioctls of this process. */
        VMMDEV,
        /** ioctls of a process that can be abandoned, since a call may never return. */
        VMMDEV_APART
    }

    /**
     * What decides.
     *
     * @param problem why this program cannot make FreeBSD's calls; empty if it can
     * @param crash what an earlier run left when it crashed in native code
     * @param release {@code kern.osreldate}
     * @param locks whether that release locks a vCPU for its statistics
     */
    record Facts(Optional<String> problem, Optional<Path> crash, OptionalLong release, boolean locks) {}

    static SourceChoice of(Wanted wanted, Facts facts) {
        if (wanted == Wanted.BHYVECTL) {
            return new SourceChoice(Kind.BHYVECTL, "");
        }
        if (wanted == Wanted.GATE) {
            return new SourceChoice(Kind.GATE, "");
        }
        boolean insists = wanted == Wanted.VMMDEV;
        if (facts.problem().isPresent()) {
            return new SourceChoice(Kind.BHYVECTL, facts.problem().get());
        }
        // Whoever insists gets no other answer: a service would be started again, and crash again.
        if (facts.crash().isPresent()) {
            return new SourceChoice(
                    Kind.BHYVECTL,
                    "an earlier run crashed in native code; look at "
                            + facts.crash().get() + ", and remove it to use vmmdev again");
        }
        if (facts.release().isEmpty()) {
            return new SourceChoice(
                    insists ? Kind.VMMDEV_APART : Kind.BHYVECTL,
                    "sysctl kern.osreldate does not tell the release, so reading may lock a vCPU" + apart(insists));
        }
        if (facts.locks()) {
            return new SourceChoice(
                    insists ? Kind.VMMDEV_APART : Kind.BHYVECTL,
                    "FreeBSD 15 and later lock a vCPU to read its statistics, and such a call may never return"
                            + apart(insists));
        }
        return new SourceChoice(Kind.VMMDEV, "");
    }

    private static String apart(boolean insists) {
        return insists ? "; so it is made in a child process" : "";
    }
}
