package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;
import org.jspecify.annotations.Nullable;

/** bhyve processes as ps(1) and procstat(1) tell of them, for where sysctl(3) cannot be called. A list costs three processes. */
final class ToolProcesses implements ProcessTable {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final long MICROS = 1_000_000;

    private final Tools tools;
    private final Children children;
    private final boolean root;
    private final Function<String, Optional<String>> files;
    private final long epochMicros;
    private final Identities identities = new Identities();
    private @Nullable Boolean all;

    /**
     * A table that runs these tools.
     *
     * @param nanoClock monotonic clock, ns: that of {@code children}
     * @param wallMillis the host's clock, ms since 1970; asked once, so that starts do not move when it is set
     * @param root whether we are root
     * @param files the text of a file that {@code bhyve -k} names
     */
    ToolProcesses(
            Tools tools,
            Children children,
            LongSupplier nanoClock,
            LongSupplier wallMillis,
            boolean root,
            Function<String, Optional<String>> files) {
        this.tools = tools;
        this.children = children;
        this.root = root;
        this.files = files;
        this.epochMicros = wallMillis.getAsLong() * 1000 - nanoClock.getAsLong() / 1000;
    }

    @Override
    public ProcessListing list() throws InterruptedException {
        Path ps = tools.path(Tool.PS);
        ChildResult result = run(Command.processes(ps), Tool.PS);
        if (!(result instanceof ChildResult.Exited run)) {
            return failed(ps, problem(result));
        }
        PsText.Rows rows = PsText.parse(new String(run.stdout(), UTF_8));
        if (run.status() != 0 || rows.understood() == 0) {
            String said = Children.firstLine(run.stderr());
            return failed(ps, "exit status " + run.status() + (said.isEmpty() ? "" : ": " + said));
        }
        return listing(rows.bhyve(), run.middleNanos());
    }

    private ProcessListing listing(List<PsText.Row> rows, long nanos) throws InterruptedException {
        List<Integer> pids = rows.stream().map(PsText.Row::pid).toList();
        Map<Integer, List<VcpuThread>> vcpus = pids.isEmpty() ? Map.of() : vcpus(pids);
        List<BhyveProcess> found = new ArrayList<>();
        boolean nameless = false;
        for (PsText.Row row : rows) {
            Function<String, Optional<String>> readable = row.jail() == 0 ? files : path -> Optional.empty();
            Optional<BhyveTitle> title = BhyveTitle.ofText(row.args(), readable);
            nameless |= title.isEmpty() && !row.args().endsWith("<defunct>");
            title.ifPresent(known -> found.add(process(row, known, nanos, vcpus.getOrDefault(row.pid(), List.of()))));
        }
        identities.keep(rows.stream().map(PsText.Row::pid).collect(Collectors.toSet()));
        return new ProcessListing.Listed(
                found.stream().sorted(Comparator.comparing(BhyveProcess::vm)).toList(), !nameless && showsAll());
    }

    private BhyveProcess process(PsText.Row row, BhyveTitle title, long nanos, List<VcpuThread> vcpus) {
        OptionalLong cpu = row.userMicros().isPresent() && row.systemMicros().isPresent()
                ? OptionalLong.of(
                        row.userMicros().getAsLong() + row.systemMicros().getAsLong())
                : OptionalLong.empty();
        long start = epochMicros + nanos / 1000 - row.elapsedSeconds() * MICROS;
        return new BhyveProcess(
                identities.of(row.pid(), start, cpu),
                title.vm(),
                row.parent(),
                row.jail(),
                row.residentBytes(),
                row.userMicros(),
                row.systemMicros(),
                vcpus,
                title.arguments());
    }

    /** By pid; empty where procstat does not tell, which is no reason to do without the processes. */
    private Map<Integer, List<VcpuThread>> vcpus(List<Integer> pids) throws InterruptedException {
        Path procstat = tools.path(Tool.PROCSTAT);
        Optional<List<ProcstatText.Row>> json = ProcstatText.threadsOfJson(output(Command.threads(procstat, pids)));
        // It is invalid where a process went meanwhile.
        List<ProcstatText.Row> threads =
                json.isPresent() ? json.get() : ProcstatText.threads(output(Command.threadsAsText(procstat, pids)));
        Map<ProcstatText.Key, Long> times = ProcstatText.times(output(Command.threadTimes(procstat, pids)));
        return threads.stream()
                .filter(row -> VcpuThreads.vcpu(row.name()).isPresent())
                .sorted(Comparator.comparingInt(
                        row -> VcpuThreads.vcpu(row.name()).getAsInt()))
                .collect(Collectors.groupingBy(
                        row -> row.key().pid(),
                        Collectors.mapping(row -> thread(row, times.get(row.key())), Collectors.toList())));
    }

    private static VcpuThread thread(ProcstatText.Row row, @Nullable Long micros) {
        return new VcpuThread(
                VcpuThreads.vcpu(row.name()).getAsInt(),
                micros == null ? OptionalLong.empty() : OptionalLong.of(micros),
                row.waitChannel());
    }

    /** Whatever its exit status: where one process has gone it tells of the others. */
    private String output(Command command) throws InterruptedException {
        return run(command, Tool.PROCSTAT) instanceof ChildResult.Exited run ? new String(run.stdout(), UTF_8) : "";
    }

    /** Asked once: a sysctl that an administrator changes meanwhile is a matter of a restart. */
    private boolean showsAll() throws InterruptedException {
        Boolean known = all;
        if (known == null) {
            ChildResult result = run(Command.sysctls(tools.path(Tool.SYSCTL)), Tool.SYSCTL);
            String text = result instanceof ChildResult.Exited run ? new String(run.stdout(), UTF_8) : "";
            known = Visibility.ofAll(root, name -> Sysctl.value(text, name));
            all = known;
        }
        return known;
    }

    private ChildResult run(Command command, Tool tool) throws InterruptedException {
        Owner owner = Owner.host(tool.name());
        return children.hasAbandoned(owner)
                ? new ChildResult.TimedOut(true)
                : children.run(command, owner, Allowance.of(TIMEOUT));
    }

    private static String problem(ChildResult result) {
        if (result instanceof ChildResult.NotStarted not) {
            return not.reason();
        }
        return result instanceof ChildResult.TimedOut ? "it does not end" : "it prints without end";
    }

    private static ProcessListing failed(Path ps, String problem) {
        return new ProcessListing.Failed("cannot list processes with " + ps + ": " + problem
                + "; without it neither bhyve's CPU time nor how VMs end is known."
                + " Run \"" + Command.processes(ps) + "\" as the agent's user to see why");
    }

    @Override
    public Duration interval() {
        return INTERVAL;
    }
}
