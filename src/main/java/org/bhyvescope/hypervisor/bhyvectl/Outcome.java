package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.function.BooleanSupplier;
import org.bhyvescope.dump.BhyvectlParser;
import org.bhyvescope.dump.BhyvectlText;
import org.bhyvescope.dump.StatBlock;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;

/** What one run of {@code bhyvectl --get-stats} came to. */
sealed interface Outcome {
    /**
     * The statistics that were asked for. The text may hold lines that are not understood.
     *
     * @param nanos monotonic clock of the reading
     */
    record Good(BhyvectlText text, StatBlock block, long nanos) implements Outcome {}

    record Bad(Failure failure) implements Outcome {}

    /**
     * Judges a run. Success is: exit status 0, and the header line of the vCPU that was asked for, and whole rows, and no
     * {@code errno} line. Exit status 0 alone says nothing (bhyvectl-behaviour.md §2).
     *
     * @param expected the host's table so far
     * @param denied whether the VM's node is there and may not be opened; asked only where the text does not tell
     */
    static Outcome of(ChildResult result, int vcpu, StatTable expected, BooleanSupplier denied) {
        if (result instanceof ChildResult.Exited exited) {
            return judge(exited, vcpu, expected, denied);
        }
        return new Bad(Failures.unfinished(result));
    }

    private static Outcome judge(ChildResult.Exited run, int vcpu, StatTable expected, BooleanSupplier denied) {
        BhyvectlText text = BhyvectlParser.parse(run.stdout(), expected);
        if (run.status() != 0 || text.errno().isPresent()) {
            return new Bad(Failures.refused(run, text.errno(), denied));
        }
        if (text.nullRows() > 0) {
            return bad(Cause.GONE, "the VM went away while bhyvectl read it ((null) rows)");
        }
        if (text.stats().isEmpty() && run.stdout().length == 0) {
            return bad(
                    Cause.NO_OUTPUT,
                    "bhyvectl exited with 0 and printed nothing: the VM went away, or this is a jail without allow.vmm");
        }
        if (text.stats().isEmpty()) {
            String shown = text.firstUnknown().isEmpty() ? Children.firstLine(run.stdout()) : text.firstUnknown();
            return text.unknownLines() == 0 && !text.cut()
                    ? bad(Cause.NO_OUTPUT, "bhyvectl exited with 0 but printed no statistics")
                    : bad(Cause.GARBLED, "no statistics in bhyvectl's output, which begins: " + printable(shown));
        }
        StatBlock block = text.stats().get(0);
        // A later release may print a line more; one that prints more of them than statistics is something else.
        boolean noisy = text.unknownLines() > block.table().size();
        if (text.cut() || noisy || text.stats().size() > 1 || block.vcpu() != vcpu) {
            return bad(Cause.GARBLED, complaint(text, block, vcpu));
        }
        if (block.table().size() == 0) {
            return bad(Cause.NO_OUTPUT, "bhyvectl printed a header and no statistics");
        }
        return new Good(text, block, run.middleNanos());
    }

    private static String complaint(BhyvectlText text, StatBlock block, int vcpu) {
        if (text.cut()) {
            return "bhyvectl's output was cut in its last line";
        }
        if (text.unknownLines() > block.table().size()) {
            return text.unknownLines() + " lines that bhyvectl does not print, first: "
                    + printable(text.firstUnknown());
        }
        return "asked for vCPU " + vcpu + ", got " + text.stats().size() + " blocks, first of vCPU " + block.vcpu();
    }

    private static String printable(String text) {
        return Children.firstLine(text.getBytes(ISO_8859_1));
    }

    private static Outcome bad(Cause cause, String detail) {
        return new Bad(new Failure(cause, detail));
    }
}
