package org.bhyvescope.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.VmState;
import org.bhyvescope.sampling.VmView;

/** A board as a few lines for the terminal. Pure. */
final class DemoScreen {
    private static final String ROW = "%-11s %-10s %4s %8s  %s";

    /** A terminal of 80 columns must not wrap a line: the table is redrawn by going up so many lines. */
    private static final int WIDTH = 79;

    private DemoScreen() {}

    /**
     * A heading and one line per VM, then what is known of the newest capture.
     *
     * @param capture its lines; none while there is no capture
     */
    static List<String> lines(Board board, List<String> capture) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, ROW, "VM", "STATE", "CPUS", "EXITS/S", "MOST FREQUENT EXIT, PEAK OF A MINUTE"));
        for (VmView vm : board.vms()) {
            lines.add(line(vm).stripTrailing());
        }
        capture.forEach(text -> lines.add(Printable.line(text)));
        lines.replaceAll(line -> line.length() > WIDTH ? line.substring(0, WIDTH) : line);
        return lines;
    }

    private static String line(VmView vm) {
        String state = vm.state().map(VmState::label).orElse("");
        return vm.sample()
                .map(sample -> String.format(
                        Locale.ROOT,
                        ROW,
                        Printable.line(vm.name()),
                        state,
                        sample.snapshot().active().size(),
                        number(sample.rates().total()),
                        most(sample)))
                .orElseGet(() -> String.format(Locale.ROOT, ROW, Printable.line(vm.name()), state, "", "", ""));
    }

    /** {@code pause 53%, peak 124,957/s instruction_emulation}: the peak is that of any reason. */
    private static String most(VmView.Sample sample) {
        int most = highest(sample, sample.rates()::reason);
        if (most < 0) {
            return "";
        }
        int peak = highest(sample, sample::peak);
        return String.format(
                Locale.ROOT,
                "%s %.0f%%, peak %s/s%s",
                reason(sample, most),
                100 * sample.rates().share(most),
                number(sample.peak(peak)),
                peak == most ? "" : " " + reason(sample, peak));
    }

    /** The reason with the highest value above 0, or -1. */
    private static int highest(VmView.Sample sample, IntToDoubleFunction value) {
        int highest = -1;
        for (int i = 0; i < sample.plan().reasons().size(); i++) {
            double now = value.applyAsDouble(i);
            if (now > 0 && (highest < 0 || now > value.applyAsDouble(highest))) {
                highest = i;
            }
        }
        return highest;
    }

    private static String reason(VmView.Sample sample, int index) {
        return sample.plan().reasons().get(index).statistic().labelValue();
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%,.0f", value);
    }
}
