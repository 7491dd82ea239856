package org.bhyvescope.host;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.libc.ProcessAnswer;
import org.bhyvescope.libc.ProcessAnswer.Failed;
import org.bhyvescope.libc.ProcessAnswer.Got;
import org.bhyvescope.libc.ProcessRecord;
import org.bhyvescope.libc.ProcessSysctls;
import org.bhyvescope.libc.Sysctls;

/**
 * bhyve processes as the kernel tells of them, by sysctl(3): three calls for each, and one for all of the host. No process is
 * started, and nothing is read that needs a right over them. Threads have the CPU time of the last time slice that ended.
 */
final class KernelProcesses implements ProcessTable {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final ProcessSysctls sysctls;
    private final OwnProcess own;
    private final Function<String, Optional<String>> files;
    private final Identities identities = new Identities();

    /** @param files the text of a file that {@code bhyve -k} names */
    KernelProcesses(ProcessSysctls sysctls, OwnProcess own, Function<String, Optional<String>> files) {
        this.sysctls = sysctls;
        this.own = own;
        this.files = files;
    }

    @Override
    public ProcessListing list() {
        ProcessAnswer<List<ProcessRecord>> answer = sysctls.ofCommand(BhyveTitle.COMMAND);
        if (!(answer instanceof Got<List<ProcessRecord>> got)) {
            return new ProcessListing.Failed(
                    answer instanceof Failed<List<ProcessRecord>> failed
                            ? failed.detail()
                            : "the kernel shows no processes");
        }
        OwnProcess.Now now = own.now(sysctls);
        List<ProcessRecord> records =
                got.value().stream().filter(record -> !record.zombie()).toList();
        List<BhyveProcess> found = new ArrayList<>();
        boolean nameless = false;
        for (ProcessRecord record : records) {
            Optional<BhyveTitle> title = title(record);
            // One that has gone by now is left out, and is no reason to think that there are others.
            nameless |= title.isEmpty() && isThere(record);
            title.flatMap(known -> process(record, known, now.shiftMicros())).ifPresent(found::add);
        }
        identities.keep(records.stream().map(ProcessRecord::pid).collect(Collectors.toSet()));
        return new ProcessListing.Listed(
                found.stream().sorted(Comparator.comparing(BhyveProcess::vm)).toList(),
                !nameless && Visibility.ofAll(now.root(), Sysctls::read));
    }

    private boolean isThere(ProcessRecord record) {
        return sysctls.process(record.pid()) instanceof Got<ProcessRecord> now
                && !now.value().zombie()
                && now.value().startMicros() == record.startMicros();
    }

    /** A path inside a jail is none of ours. */
    private Optional<BhyveTitle> title(ProcessRecord record) {
        Function<String, Optional<String>> readable = record.jail() == 0 ? files : path -> Optional.empty();
        return sysctls.arguments(record.pid()) instanceof Got<List<String>> vector
                ? BhyveTitle.ofVector(vector.value(), readable)
                : Optional.empty();
    }

    /** Empty for one that has gone meanwhile, or whose pid is another's now. */
    private Optional<BhyveProcess> process(ProcessRecord record, BhyveTitle title, long shiftMicros) {
        ProcessAnswer<List<ProcessRecord>> answer = sysctls.threads(record.pid());
        List<ProcessRecord> threads = answer instanceof Got<List<ProcessRecord>> got ? got.value() : List.of();
        if (answer instanceof ProcessAnswer.Gone
                || threads.stream().anyMatch(thread -> thread.startMicros() != record.startMicros())) {
            return Optional.empty();
        }
        BhyveProcess.Id id = identities.of(
                record.pid(),
                record.startMicros() - shiftMicros,
                OptionalLong.of(record.userMicros() + record.systemMicros()));
        return Optional.of(new BhyveProcess(
                id,
                title.vm(),
                record.parent(),
                record.jail(),
                residentBytes(record),
                OptionalLong.of(record.userMicros()),
                OptionalLong.of(record.systemMicros()),
                vcpus(threads),
                title.arguments()));
    }

    private static OptionalLong residentBytes(ProcessRecord record) {
        OptionalLong page = Sysctls.number(Sysctls.Name.PAGE_SIZE);
        return page.isPresent() ? OptionalLong.of(record.residentPages() * page.getAsLong()) : page;
    }

    private static List<VcpuThread> vcpus(List<ProcessRecord> threads) {
        return threads.stream()
                .filter(thread -> VcpuThreads.vcpu(thread.threadName()).isPresent())
                .map(thread -> new VcpuThread(
                        VcpuThreads.vcpu(thread.threadName()).getAsInt(),
                        OptionalLong.of(thread.userMicros() + thread.systemMicros()),
                        thread.waitChannel()))
                .sorted(Comparator.comparingInt(VcpuThread::vcpu))
                .toList();
    }

    @Override
    public Duration interval() {
        return INTERVAL;
    }
}
