package org.bhyvescope.host;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of bhyve's threads: {@code vcpu N} are its vCPUs, the others emulate devices (usr.sbin/bhyve/bhyverun.c). */
final class VcpuThreads {
    private static final Pattern NAME = Pattern.compile("vcpu ([0-9]{1,4})");

    private VcpuThreads() {}

    /** The vCPU that a thread is; empty for one that is none. */
    static OptionalInt vcpu(String threadName) {
        Matcher name = NAME.matcher(threadName);
        return name.matches() ? OptionalInt.of(Integer.parseInt(name.group(1))) : OptionalInt.empty();
    }
}
