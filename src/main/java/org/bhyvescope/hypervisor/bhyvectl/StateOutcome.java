package org.bhyvescope.hypervisor.bhyvectl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.VcpuDump;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;

/** Judges a run of {@code bhyvectl --get-all}. Pure. */
final class StateOutcome {
    /** exit(-1): a getter failed, and what comes after it was not printed (get-all.md §11). */
    private static final int GETTER_FAILED = 255;

    private StateOutcome() {}

    /**
     * A state is what a run has printed of the vCPU that was asked for, and of no other: all of it, or what comes before
     * a getter that failed ({@code errno = N} and status 255; without /dev/mem that is every dump of FreeBSD 12 to 14).
     *
     * @param denied whether the VM's node may not be opened; asked only where the text does not tell
     */
    static StateReading of(ChildResult result, VmId vm, int vcpu, long wallMillis, BooleanSupplier denied) {
        if (!(result instanceof ChildResult.Exited run)) {
            return Failures.unfinished(result);
        }
        DumpText dump = parse(run);
        boolean saysWhy = dump.errno().isPresent() || !dump.complaints().isEmpty();
        boolean partial =
                run.status() == GETTER_FAILED && saysWhy && !dump.vcpus().isEmpty();
        if (run.status() != 0 && !partial) {
            return Failures.refused(run, dump.errno(), denied);
        }
        if (run.stdout().length == 0) {
            return new Failure(Cause.NO_OUTPUT, "bhyvectl --get-all exited with 0 and printed nothing");
        }
        if (dump.vcpus().isEmpty()) {
            return new Failure(
                    Cause.GARBLED,
                    "nothing about a vCPU in what bhyvectl --get-all printed, which begins: "
                            + Children.firstLine(run.stdout()));
        }
        if (dump.vcpus().stream().anyMatch(v -> v.vcpu() != vcpu)) {
            return new Failure(
                    Cause.GARBLED,
                    "asked for vCPU " + vcpu + ", got "
                            + dump.vcpus().stream().map(VcpuDump::vcpu).toList());
        }
        return new VcpuState(vm, vcpu, wallMillis, dump, Optional.of(printed(run)));
    }

    /** Bytes as they are; ISO 8859-1 loses none. */
    private static String printed(ChildResult.Exited run) {
        return new String(run.stderr(), ISO_8859_1) + new String(run.stdout(), ISO_8859_1);
    }

    /** Standard error first: the parser is told of the complaint, and still sees whether the dump ends in half a line. */
    private static DumpText parse(ChildResult.Exited run) {
        try (InputStream both = new SequenceInputStream(
                new ByteArrayInputStream(run.stderr()), new ByteArrayInputStream(run.stdout()))) {
            return DumpParser.parse(both);
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory", e);
        }
    }
}
