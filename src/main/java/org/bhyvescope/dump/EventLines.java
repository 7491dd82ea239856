package org.bhyvescope.dump;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code pending:} and {@code current:}; they name no vCPU. */
final class EventLines implements LineKind {
    private static final Pattern EVENT = Pattern.compile("(pending|current):\\s*(?:n/a"
            + "|(extint|nmi|swint|exception) vector (\\d{1,3})(?: errcode (0x[0-9a-f]{1,16}|0))?)");
    private static final PrintOrder ORDER = PrintOrder.OF_GET_ALL;

    private final Collected to;

    EventLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        if (!line.text().startsWith("pending:") && !line.text().startsWith("current:")) {
            return false;
        }
        Matcher m = EVENT.matcher(line.text());
        if (!m.matches()) {
            return false;
        }
        String type = m.group(2);
        if (type != null && !line.whole()) {
            return false;
        }
        QueuedEvent event = type == null
                ? new QueuedEvent(QueuedEvent.Type.NONE, 0, OptionalLong.empty())
                : new QueuedEvent(
                        QueuedEvent.Type.valueOf(type.toUpperCase(Locale.ROOT)),
                        Integer.parseInt(m.group(3)),
                        m.group(4) == null ? OptionalLong.empty() : Numbers.any(m.group(4)));
        boolean isPending = "pending".equals(m.group(1));
        int position = ORDER.position(isPending ? "pending" : "current");
        to.around.add(new Surroundings.Fact(
                ORDER.position("rtc time"), position, false, v -> keep(v, isPending, event, position), line));
        return true;
    }

    private static void keep(VcpuBuilder vcpu, boolean isPending, QueuedEvent event, int position) {
        vcpu.eventsEarly |=
                !vcpu.seen.get(ORDER.position("capabilities")) && vcpu.seen.get(ORDER.position("exit_reason"));
        vcpu.seen.set(position);
        if (!vcpu.eventsEarly) {
            vcpu.last = position;
        }
        if (isPending) {
            vcpu.pending = event;
        } else {
            vcpu.current = event;
        }
    }
}
