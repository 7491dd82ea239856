package org.bhyvescope.host;

import java.nio.file.Files;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bhyvescope.libc.Kqueue;
import org.bhyvescope.libc.ProcessSysctls;
import org.bhyvescope.libc.Sysctls;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Root;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;

/**
 * What is known of bhyve processes on this host. Each of the two is used by a thread of its own.
 *
 * @param table which there are
 * @param exits how they end; whoever asked for it closes it
 */
public record Processes(ProcessTable table, ProcessExits exits) {
    /**
     * The kernel's own word where it can be called and is understood, else that of the tools. A directory of tools that has a ps in it
     * is a host of its own, and comes first.
     *
     * @param nanoClock monotonic clock, ns: that of {@code children}
     * @param wallMillis the host's clock, ms since 1970
     */
    public static Processes of(Tools tools, Children children, LongSupplier nanoClock, LongSupplier wallMillis) {
        boolean simulated = tools.directory().isPresent() && Files.exists(tools.path(Tool.PS));
        if (!simulated && Sysctls.available()) {
            ProcessSysctls sysctls = new ProcessSysctls();
            Optional<OwnProcess> own = OwnProcess.asked(sysctls);
            if (own.isPresent()) {
                return new Processes(
                        new KernelProcesses(sysctls, own.get(), ConfigFile::read),
                        Kqueue.open()
                                .<ProcessExits>map(queue -> new KernelExits(queue, new ProcessSysctls(), own.get()))
                                .orElseGet(UnseenExits::new));
            }
        }
        return new Processes(
                new ToolProcesses(tools, children, nanoClock, wallMillis, Root.isThisUser(), ConfigFile::read),
                new UnseenExits());
    }
}
