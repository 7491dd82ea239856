package org.bhyvescope.decode;

import java.util.List;
import java.util.Optional;

/**
 * What a VM exit code means: a row of {@code svm-exits.tsv} or {@code vmx-exits.tsv}, or nothing.
 *
 * @param vendor whose code it is
 * @param raw the 64 bits as the CPU stored them
 * @param code what was looked up: all of it on AMD, bits 15:0 (the basic reason) on Intel
 * @param known whether a row says what it means; if not, everything below is empty but {@code name}, which is {@code unknown},
 *     and for a code that the manual sets aside {@code meaning} and {@code source}
 * @param name the manual's name: {@code VMEXIT_ICEBP}, {@code EPT violation}
 * @param symbol FreeBSD's name, or empty where its kernel has none
 * @param meaning one sentence
 * @param info1 the word of {@code bits.tsv} that decodes exitinfo1 (AMD) or the exit qualification (Intel), or empty
 * @param info2 likewise for exitinfo2, or empty
 * @param infoText what they hold, in words, where no word decodes them; or empty
 * @param handling what FreeBSD does with it, by release
 * @param flags Intel: the field's bits above the basic reason that are set, decoded
 * @param source manual section, or kernel file and symbol
 * @param doubt what could not be verified about the row, or empty
 */
public record ExitCode(
        Vendor vendor,
        long raw,
        long code,
        boolean known,
        String name,
        String symbol,
        String meaning,
        String info1,
        String info2,
        String infoText,
        List<Handling> handling,
        List<Part> flags,
        String source,
        String doubt) {
    /**
     * What FreeBSD does with an exit.
     *
     * @param first release from which on it holds
     * @param last release up to which it holds; {@link Integer#MAX_VALUE} if it still does
     * @param by who deals with it
     * @param text one clause, {@code a #UD is queued for the guest}
     * @param statistic the description of the statistic that counts it besides the total, or empty; where it depends on
     *     details which one does, all of them joined by " or "
     */
    public record Handling(int first, int last, By by, String text, String statistic) {
        /** The descriptions of the statistics that may count it besides the total. */
        public List<String> statistics() {
            return statistic.isEmpty() ? List.of() : List.of(statistic.split(" or ", -1));
        }
    }

    /** Who deals with an exit. */
    public enum By {
        /** The kernel; the guest goes on. */
        KERNEL,
        /** The kernel, which queues an invalid-opcode exception for the guest; the guest goes on. */
        KERNEL_UD,
        /** Depending on its details the kernel or bhyve; the guest goes on. */
        EITHER,
        /** As {@link #EITHER}, but with some details nobody, and then bhyve aborts. */
        USUALLY,
        /** bhyve; the guest goes on. */
        USERSPACE,
        /** Nobody: bhyve prints it and aborts. */
        ABORT,
        /** FreeBSD does not ask the CPU for this exit, so it should not occur. */
        NOT_INTERCEPTED,
        /** Not verified. */
        UNKNOWN
    }

    /** What a release does with it; empty where the table does not say. */
    public Optional<Handling> handling(int release) {
        return handling.stream()
                .filter(h -> h.first() <= release && release <= h.last())
                .findFirst();
    }
}
