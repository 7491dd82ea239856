package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Everything that the lines of one text have yielded so far. */
final class Collected {
    static final int MAX_MESSAGES = 1000;
    static final int MAX_COMPLAINTS = 64;
    static final int MAX_EXIT_COUNTS = 4096;
    static final int MAX_UNKNOWN = 20;

    final Budget budget = new Budget();
    final Vcpus vcpus = new Vcpus(budget);
    final Surroundings around = new Surroundings(vcpus, this::unknown);
    final VmBuilder vm = new VmBuilder();
    final List<BhyveMessage> messages = new ArrayList<>();
    final List<ExitCount> exitCounts = new ArrayList<>();
    final List<String> complaints = new ArrayList<>();
    OptionalInt errno = OptionalInt.empty();

    private final List<String> firstUnknown = new ArrayList<>();
    private int unknown;

    void unknown(Line line) {
        unknown++;
        if (firstUnknown.size() < MAX_UNKNOWN) {
            firstUnknown.add(line.shown());
        }
    }

    /** Keeps a message; false if there are too many. */
    boolean message(BhyveMessage message) {
        return message(messages.size(), message);
    }

    /** Keeps a message before those from this place on. */
    boolean message(int place, BhyveMessage message) {
        if (messages.size() == MAX_MESSAGES) {
            return false;
        }
        messages.add(place, message);
        return true;
    }

    void complaint(String text) {
        if (complaints.size() < MAX_COMPLAINTS) {
            complaints.add(text);
        }
    }

    DumpText build(boolean cut) {
        around.end(cut);
        return new DumpText(
                vm.build(),
                Gaps.close(this, cut),
                List.copyOf(messages),
                List.copyOf(exitCounts),
                List.copyOf(complaints),
                errno,
                new UnknownLines(unknown, List.copyOf(firstUnknown)),
                cut);
    }
}
