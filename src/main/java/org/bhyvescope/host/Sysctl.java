package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalLong;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Command.SysctlName;

/** Reads sysctls by running sysctl(8). */
public final class Sysctl {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final int MAX_DIGITS = 18;

    private final Path sysctl;
    private final Children children;

    /** @param sysctl the program, {@code /sbin/sysctl} on FreeBSD */
    public Sysctl(Path sysctl, Children children) {
        this.sysctl = sysctl;
        this.children = children;
    }

    /** Reads all that is needed; what this system does not have stays empty. */
    public HostFacts facts() throws InterruptedException {
        return new HostFacts(read(SysctlName.TSC_FREQUENCY), read(SysctlName.HZ), read(SysctlName.RELEASE_DATE));
    }

    private OptionalLong read(SysctlName name) throws InterruptedException {
        ChildResult result = children.run(Command.sysctl(sysctl, name), "sysctl", Allowance.of(TIMEOUT));
        return result instanceof ChildResult.Exited run && run.status() == 0
                ? positive(new String(run.stdout(), ISO_8859_1))
                : OptionalLong.empty();
    }

    /** A positive decimal number, or empty. */
    static OptionalLong positive(String text) {
        String digits = text.strip();
        if (!digits.matches("[0-9]{1," + MAX_DIGITS + "}")) {
            return OptionalLong.empty();
        }
        long value = Long.parseLong(digits);
        return value > 0 ? OptionalLong.of(value) : OptionalLong.empty();
    }
}
