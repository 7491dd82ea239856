package org.bhyvescope.decode.explain;

import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.decode.Decoded;
import org.bhyvescope.decode.ExitCode;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.dump.QueuedEvent;
import org.bhyvescope.dump.VcpuDump;

/** One vCPU of a {@link Case}. */
final class VcpuCase {
    private final Case whole;
    private final VcpuDump dump;
    private final Optional<Counters> counters;
    private final Mode mode;

    VcpuCase(Case whole, VcpuDump dump, StatisticsTable statistics) {
        this.whole = whole;
        this.dump = dump;
        this.counters = dump.stats().map(block -> new Counters(block, statistics));
        this.mode = Mode.of(dump);
    }

    Case whole() {
        return whole;
    }

    VcpuDump dump() {
        return dump;
    }

    int id() {
        return dump.vcpu();
    }

    Optional<Counters> counters() {
        return counters;
    }

    Mode mode() {
        return mode;
    }

    OptionalLong value(String field) {
        return dump.value(field);
    }

    /** Whether a single value is there and is this. */
    boolean is(String field, long value) {
        OptionalLong found = dump.value(field);
        return found.isPresent() && found.getAsLong() == value;
    }

    /** A field taken apart by the word that {@code fields.tsv} gives it. */
    Optional<Decoded> word(String field) {
        OptionalLong value = dump.value(field);
        return value.isEmpty()
                ? Optional.empty()
                : whole.decoder().field(field).flatMap(f -> whole.decoder().word(f.word(), value.getAsLong()));
    }

    /** Whether a named bit of a field is set. */
    boolean has(String field, String bit) {
        return word(field).map(word -> word.has(bit)).orElse(false);
    }

    /** Whether a named bit of a field is known to be clear. */
    boolean lacks(String field, String bit) {
        return word(field).map(word -> !word.has(bit)).orElse(false);
    }

    /**
     * The last exit, if the text has the line and the vendor is known. Not where the whole control block is 0, or the
     * statistics say that there was no exit yet: that is no exit code 0 but no information.
     */
    Optional<ExitCode> exit() {
        OptionalLong raw = dump.value("exit_reason");
        return raw.isPresent() && whole.vendor().hasExitCodes() && !isControlBlockZero() && hasRun()
                ? Optional.of(whole.decoder().exit(whole.vendor(), raw.getAsLong()))
                : Optional.empty();
    }

    /** Whether the last exit is one of these codes. */
    boolean exitIs(Vendor vendor, long... codes) {
        if (whole.vendor() != vendor) {
            return false;
        }
        for (long code : codes) {
            if (exit().filter(e -> e.known() && e.code() == code).isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** The field that holds the last exit's information: {@code exitinfo1}, or Intel's qualification. */
    String informationField() {
        return whole.vendor() == Vendor.AMD ? "exitinfo1" : "vmcs_exit_qualification";
    }

    /** Whether a named bit of the last exit's information is set. */
    boolean exitInfo(String bit) {
        OptionalLong information = dump.value(informationField());
        return information.isPresent()
                && exit().filter(e -> !e.info1().isEmpty())
                        .flatMap(e -> whole.decoder().word(e.info1(), information.getAsLong()))
                        .map(word -> word.has(bit))
                        .orElse(false);
    }

    /**
     * Whether AMD's intercept words are there and all 0. VMRUN refuses a control block without its own intercept (APM
     * vol. 2 §15.5.1), so such a block has never run.
     */
    boolean isControlBlockZero() {
        return is("inst2_intercept", 0) && is("inst1_intercept", 0) && is("cr_intercept", 0);
    }

    boolean isSuspended() {
        return whole.isSuspended(dump);
    }

    /** Whether this exception waits to be delivered. */
    boolean hasQueued(int vector) {
        return dump.current().filter(e -> isException(e, vector)).isPresent();
    }

    /** Whether the delivery of this exception was interrupted by an exit. */
    boolean hasPending(int vector) {
        return dump.pending().filter(e -> isException(e, vector)).isPresent();
    }

    private static boolean isException(QueuedEvent event, int vector) {
        return event.type() == QueuedEvent.Type.EXCEPTION && event.vector() == vector;
    }

    /** Whether the guest has ever run on it, as far as the statistics tell. */
    boolean hasRun() {
        return counters.flatMap(
                        c -> c.total().isPresent() ? Optional.of(c.total().getAsLong() != 0) : Optional.empty())
                .orElse(true);
    }
}
