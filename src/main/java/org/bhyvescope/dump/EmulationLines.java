package org.bhyvescope.dump;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code Failed to emulate instruction [0x0f 0xae 0x3b] at 0x...}: bytes with spaces or commas between them. Mail programs
 * and terminals break this long line.
 */
final class EmulationLines implements LineKind {
    private static final String START = "Failed to emulate instruction [";
    private static final Pattern BYTE = Pattern.compile("[\\s,]*+0x([0-9a-fA-F]{2})");
    private static final Pattern AT = Pattern.compile("]\\s*at\\s*(0x[0-9a-f]{1,16})(?![0-9a-zA-Z])");

    /** Bytes, of which the first and the last may be halves; then perhaps the bracket and the address. */
    private static final Pattern CONTINUATION =
            Pattern.compile("(?:0x)?[0-9a-f]{0,2}(?:[\\s,]*+0x[0-9a-f]{2})*+[\\s,]*+"
                    + "(?:0x?[0-9a-f]?)?(?:]\\s*)?(?:at\\s*)?(?:0x[0-9a-f]{1,16})?|0x[0-9a-f]{3,16}");

    private static final int MAX_BYTES = 32;
    private static final int MAX_LINE = 400;

    private final Collected to;

    EmulationLines(Collected to) {
        this.to = to;
    }

    /** Whether the next line may be the rest of this one. */
    static boolean isOpen(String text) {
        int start = text.indexOf(START);
        return start >= 0
                && text.length() < start + MAX_LINE
                && !AT.matcher(text).find();
    }

    /** Whether a line looks like the rest of such a line. */
    static boolean continues(String text) {
        return !text.isEmpty()
                && text.length() < MAX_LINE
                && CONTINUATION.matcher(text).matches();
    }

    /** The line behind one that was read is more of the address, so that what was read of it is half. */
    void dropAddress() {
        int last = to.messages.size() - 1;
        if (last >= 0 && to.messages.get(last) instanceof BhyveMessage.EmulationFailed failed) {
            to.messages.set(last, new BhyveMessage.EmulationFailed(failed.bytes(), OptionalLong.empty()));
        }
    }

    @Override
    public boolean accept(Line line) {
        int start = line.text().indexOf(START);
        if (start < 0) {
            return false;
        }
        int end = Math.min(line.text().length(), start + MAX_LINE);
        String rest = line.text().substring(start + START.length(), end);
        List<Integer> bytes = new ArrayList<>();
        Matcher m = BYTE.matcher(rest);
        int at = 0;
        while (bytes.size() < MAX_BYTES && m.find(at) && m.start() == at) {
            bytes.add(Integer.parseInt(m.group(1), 16));
            at = m.end();
        }
        Matcher rip = AT.matcher(rest);
        boolean found = rip.find();
        String address = found ? String.valueOf(rip.group(1)) : "";
        boolean half = found && !line.whole() && rip.end() == rest.length() && Numbers.digitsOf(address) < 16;
        OptionalLong where = found && !half ? Numbers.any(address) : OptionalLong.empty();
        boolean any = !bytes.isEmpty() || where.isPresent();
        return any && to.message(new BhyveMessage.EmulationFailed(List.copyOf(bytes), where));
    }
}
