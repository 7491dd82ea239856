package org.bhyvescope.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bhyvescope.sampling.Board;
import org.bhyvescope.sampling.Rates;
import org.bhyvescope.sampling.VmState;
import org.bhyvescope.sampling.VmView;

/** A board as a few lines for the terminal. Pure. */
final class DemoScreen {
    private static final String ROW = "%-12s %-10s %5s %9s  %s";

    private DemoScreen() {}

    /** A heading and one line per VM. */
    static List<String> lines(Board board) {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT, ROW, "VM", "STATE", "VCPUS", "EXITS/S", "MOST FREQUENT EXIT (PEAK OF THE LAST MINUTE)"));
        for (VmView vm : board.vms()) {
            lines.add(line(vm).stripTrailing());
        }
        return lines;
    }

    private static String line(VmView vm) {
        String state = vm.state().map(VmState::label).orElse("");
        return vm.sample()
                .map(sample -> String.format(
                        Locale.ROOT,
                        ROW,
                        vm.name(),
                        state,
                        sample.snapshot().active().size(),
                        number(sample.rates().total()),
                        most(sample)))
                .orElseGet(() -> String.format(Locale.ROOT, ROW, vm.name(), state, "", "", ""));
    }

    private static String most(VmView.Sample sample) {
        Rates rates = sample.rates();
        int most = -1;
        for (int i = 0; i < sample.plan().reasons().size(); i++) {
            if (rates.reason(i) > 0 && (most < 0 || rates.reason(i) > rates.reason(most))) {
                most = i;
            }
        }
        if (most < 0) {
            return "";
        }
        return String.format(
                Locale.ROOT,
                "%s %.0f %% (%s/s)",
                sample.plan().reasons().get(most).statistic().labelValue(),
                100 * rates.reason(most) / rates.total(),
                number(sample.peak(most)));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%,.0f", value);
    }
}
