package org.bhyvescope.dump;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The emulated real-time clock: a byte of its memory, and its time. */
final class RtcLines implements LineKind {
    private static final Pattern NVRAM = Pattern.compile("rtc nvram\\[(\\d{3})]: 0x([0-9a-f]{2})");
    private static final Pattern TIME = Pattern.compile("rtc time (0x[0-9a-f]{1,16}|0): "
            + "([A-Z][a-z]{2} +[A-Z][a-z]{2} +\\d{1,2} +\\d\\d:\\d\\d:\\d\\d +\\d{4})");

    private final Collected to;

    RtcLines(Collected to) {
        this.to = to;
    }

    @Override
    public boolean accept(Line line) {
        if (!line.text().startsWith("rtc ")) {
            return false;
        }
        Matcher nvram = NVRAM.matcher(line.text());
        if (nvram.matches()) {
            to.vm.nvram.put(Integer.parseInt(nvram.group(1)), Integer.parseInt(nvram.group(2), 16));
            to.around.step("rtc nvram", line);
            return true;
        }
        Matcher time = TIME.matcher(line.text());
        OptionalLong seconds = time.matches() ? Numbers.any(String.valueOf(time.group(1))) : OptionalLong.empty();
        if (seconds.isEmpty()) {
            return false;
        }
        to.vm.rtc = new Rtc(seconds.getAsLong(), String.valueOf(time.group(2)));
        to.around.step("rtc time", line);
        return true;
    }
}
