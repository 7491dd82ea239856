package org.bhyvescope.host;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The kernel's name of an interrupt source: {@code irq256: ppt0}, or with a shared line {@code irq16: ppt0 ehci0}. A name that
 * is too long for its slot ends in one {@code +} for each handler without room ({@code *}: there were more still), and the
 * last of them may stand in place of the last character of a name. One handler alone is cut to its tail behind a {@code -}
 * (sys/kern/kern_intr.c intr_event_update).
 *
 * @param irq {@code irq256}
 * @param handlers {@code ppt0 ehci0}
 */
record InterruptName(String irq, String handlers) {
    private static final Pattern NAME = Pattern.compile("([!-~]+): +([!-~][ -~]*)");

    /** Whole, or the last one with marks behind it. */
    private static final Pattern PPT = Pattern.compile("ppt[0-9]{1,9}|ppt[0-9]{0,9}[+*]+");

    private static final String MARKS = "[+*]+$";

    /** The name of a source that a passthrough device has a part in; empty for all others. */
    static Optional<InterruptName> ofPpt(String text) {
        Matcher m = NAME.matcher(text.strip());
        if (!m.matches()) {
            return Optional.empty();
        }
        InterruptName name = new InterruptName(m.group(1), m.group(2));
        return tokens(name.handlers).stream().anyMatch(PPT.asMatchPredicate()) ? Optional.of(name) : Optional.empty();
    }

    private static List<String> tokens(String handlers) {
        return Arrays.asList(handlers.split(" +"));
    }

    /** Whether the source has another handler than one passthrough device, as far as its name shows. */
    static boolean isShared(String handlers) {
        return !handlers.matches("ppt[0-9]+");
    }

    /** Which of some devices have a part in a source; a name that was cut counts only where it can be no other device's. */
    static List<String> devices(String handlers, List<String> known) {
        List<String> tokens = tokens(handlers);
        String last = tokens.get(tokens.size() - 1);
        String rest = last.replaceFirst(MARKS, "");
        boolean cut = !rest.equals(last);
        List<String> meant = known.stream()
                .filter(device -> device.equals(rest)
                        || (device.length() == rest.length() + 1 && rest.length() >= 3 && device.startsWith(rest)))
                .toList();
        return known.stream()
                .filter(device -> tokens.contains(device) || (cut && meant.size() == 1 && meant.contains(device)))
                .toList();
    }
}
