package org.bhyvescope.decode.explain;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A dump explained. Its components are what {@code explain --json} prints, by their names; docs/explain.schema.json
 * describes them. 64-bit words are strings in hexadecimal, since JSON numbers are doubles to many readers.
 *
 * @param format {@link #FORMAT}
 * @param version grows when a component changes its meaning or goes; new components may come at any time
 * @param about what the text is
 * @param vm what it says of the VM as a whole
 * @param vcpus each vCPU
 * @param bhyve bhyve's own words, explained
 * @param exitCounts a tracing script's counts of exits by code, explained
 * @param findings what follows from it all, the gravest first
 * @param unknown lines that are not understood
 */
public record Report(
        String format,
        int version,
        About about,
        Vm vm,
        List<Vcpu> vcpus,
        List<Words> bhyve,
        List<Line> exitCounts,
        List<Finding> findings,
        Unknown unknown) {
    public static final String FORMAT = "bhyvescope-explain";
    public static final int VERSION = 1;

    /** This report, with what else is missing: parts that were never read. */
    public Report without(List<Cut> unread) {
        if (unread.isEmpty()) {
            return this;
        }
        List<Cut> cuts = Stream.concat(about.cuts().stream(), unread.stream()).toList();
        About cut = new About(
                about.what(),
                about.vendor(),
                about.vendorBy(),
                about.release(),
                about.releaseBy(),
                false,
                cuts,
                about.complaints());
        return new Report(format, version, cut, vm, vcpus, bhyve, exitCounts, findings, unknown);
    }

    /**
     * What the text is.
     *
     * @param what in a few words
     * @param vendor {@code amd}, {@code intel}, {@code arm64}, {@code riscv} or {@code unknown}
     * @param vendorBy how that was recognised
     * @param release the FreeBSD releases it can be from
     * @param releaseBy how that was recognised, or empty
     * @param complete whether nothing is known to be missing
     * @param cuts where something is missing
     * @param complaints bhyvectl's own complaints
     */
    public record About(
            String what,
            String vendor,
            String vendorBy,
            String release,
            String releaseBy,
            boolean complete,
            List<Cut> cuts,
            List<String> complaints) {}

    /** A place where the text is not whole; see {@link org.bhyvescope.dump.Gap}. */
    public record Cut(int vcpu, String after, String missing, String why) {}

    /** Something with a value and what it means. */
    public record Line(String name, String value, String meaning) {}

    /**
     * The VM as a whole.
     *
     * @param facts sets, topology, clock
     * @param memory segments and mappings
     */
    public record Vm(List<Line> facts, List<Line> memory) {}

    /**
     * One vCPU.
     *
     * @param vcpu its id; -1 if the text does not say
     * @param stood how it stood
     * @param exit its last exit; null if the text has none
     * @param fields registers and control words
     * @param capabilities bhyve's switches
     * @param msrs MSRs that the guest may touch without an exit
     * @param statistics its counters
     */
    public record Vcpu(
            int vcpu,
            List<Line> stood,
            @Nullable Exit exit,
            List<Field> fields,
            List<Line> capabilities,
            List<Line> msrs,
            List<Statistic> statistics) {}

    /**
     * A VM exit.
     *
     * @param value the code as printed
     * @param known whether a table says what it means
     * @param name the manual's name, or {@code unknown}
     * @param symbol FreeBSD's name, or empty
     * @param information what exit information or qualification say, and Intel's flags of the code
     * @param handling what FreeBSD does with it, by release
     * @param source where the meaning is from
     * @param doubt what could not be verified, or empty
     */
    public record Exit(
            String value,
            boolean known,
            String name,
            String symbol,
            String meaning,
            List<Line> information,
            List<Line> handling,
            String source,
            String doubt) {}

    /**
     * A register or control word.
     *
     * @param name as bhyvectl prints it
     * @param value in hexadecimal
     * @param kind what the number is: {@code bits}, {@code guest_virtual}, {@code host_physical}, ...; {@code unknown}
     * @param group {@code register}, {@code control}, {@code exit}, {@code host}; or {@code unknown}
     * @param summary what it says, in one line
     * @param meaning what the field is
     * @param bits its bits and fields, where it has some
     * @param source where the layout is from
     */
    public record Field(
            String name,
            String value,
            String kind,
            String group,
            String summary,
            String meaning,
            List<Bit> bits,
            String source) {}

    /** A bit or field of a word; {@code known} is false for those that no table names. */
    public record Bit(String bits, String name, String value, String meaning, boolean known) {}

    /**
     * A counter.
     *
     * @param name as bhyvectl prints it
     * @param value decimal
     * @param share part of all exits, for hardware reasons only
     * @param counted whether this vendor's kernel ever counts it; if not, its 0 means nothing
     * @param meaning what it counts; empty if that is not known
     */
    public record Statistic(
            String name, Number value, @Nullable Double share, boolean counted, String meaning) {}

    /** A message of bhyve's: what it said, what it means, with decoded details. */
    public record Words(String said, String meaning, List<Line> details) {}

    /**
     * Something that follows.
     *
     * @param id stable name
     * @param severity {@code cause} (why the VM ended), {@code problem}, {@code hint} (worth a look) or {@code note}
     * @param vcpus the vCPUs it was found on; empty if it is about the whole VM
     * @param title in a few words
     * @param text what follows
     * @param evidence what it was seen by
     * @param notFollowing what does not follow, though it is often said; or empty
     * @param next what to look at next
     */
    public record Finding(
            String id,
            String severity,
            List<Integer> vcpus,
            String title,
            String text,
            List<String> evidence,
            String notFollowing,
            String next) {}

    /**
     * Numbers explained by themselves.
     *
     * @param exits exit codes, by vendor
     * @param fields registers, control words and numbers of enumerations
     */
    public record Single(String format, int version, Map<String, Exit> exits, List<Field> fields) {}

    /** Lines that are not understood: how many, and the first of them. */
    public record Unknown(int lines, List<String> first) {}
}
