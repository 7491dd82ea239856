package org.bhyvescope.decode;

/**
 * One row of the statistics table ({@code statistics.tsv}): what a line of {@code --get-stats} means.
 *
 * @param description exactly as printed; {@code [*]} stands for any index
 * @param metric Prometheus metric family, counters with {@code _total}
 * @param labelName the label beside vm and vcpu, or empty
 * @param labelValue its value, or empty
 * @param unit what one of it is
 * @param kind whether it only grows
 * @param scope whether every vCPU has its own, or vCPU 0 speaks for the VM
 * @param listed kernels that print the line
 * @param counted kernels that ever bump it; elsewhere its 0 means nothing
 * @param needs bhyve's flag without which it stays 0 ({@code -H}, {@code -P}), or empty
 * @param source kernel file and symbol
 * @param meaning one sentence
 */
public record Statistic(
        String description,
        String metric,
        String labelName,
        String labelValue,
        Unit unit,
        Kind kind,
        Scope scope,
        Where listed,
        Where counted,
        String needs,
        String source,
        String meaning) {
    /** The family whose series are the hardware exit reasons. */
    public static final String EXIT_REASONS = "bhyve_vcpu_exit_reasons_total";

    /** Units that the kernel counts in. */
    public enum Unit {
        EVENTS,
        /** Host TSC cycles; seconds = value ÷ machdep.tsc_freq. */
        TSC_CYCLES,
        /** Host clock ticks; seconds = value ÷ kern.hz. */
        TICKS,
        BYTES
    }

    /** Whether a value only grows until it is reset. */
    public enum Kind {
        COUNTER,
        GAUGE
    }

    /** What a value speaks for. */
    public enum Scope {
        VCPU,
        /** Only vCPU 0 prints it; every other vCPU prints 0. */
        VM
    }

    /**
     * Whether the kernel of this vendor ever bumps it, in any release of a range. Of an unknown vendor: whether any does.
     */
    public boolean isCountedOn(Vendor vendor, int first, int last) {
        return counted.includesAny(vendor, first, last);
    }
}
