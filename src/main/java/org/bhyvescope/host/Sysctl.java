package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Command.SysctlName;
import org.bhyvescope.os.Owner;

/** Reads sysctls by running sysctl(8) once. */
public final class Sysctl {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final HostFacts NOTHING =
            new HostFacts(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    private final Path sysctl;
    private final Children children;

    /** @param sysctl the program, {@code /sbin/sysctl} on FreeBSD */
    public Sysctl(Path sysctl, Children children) {
        this.sysctl = sysctl;
        this.children = children;
    }

    /** All that is needed; what this system does not have stays empty. */
    public HostFacts facts() throws InterruptedException {
        ChildResult result = children.run(Command.sysctls(sysctl), Owner.host("sysctl"), Allowance.of(TIMEOUT));
        // The exit status is 1 where one name is unknown; the other lines are good all the same.
        return result instanceof ChildResult.Exited run ? parse(new String(run.stdout(), ISO_8859_1)) : NOTHING;
    }

    /** Reads lines of the form {@code kern.hz: 1000}. */
    static HostFacts parse(String text) {
        return new HostFacts(
                positive(text, SysctlName.TSC_FREQUENCY),
                positive(text, SysctlName.HZ),
                positive(text, SysctlName.RELEASE_DATE));
    }

    private static OptionalLong positive(String text, SysctlName name) {
        Matcher m = Pattern.compile("(?m)^" + Pattern.quote(name.text()) + ": ([0-9]{1,18})$")
                .matcher(text);
        long value = m.find() ? Long.parseLong(m.group(1)) : 0;
        return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
    }
}
