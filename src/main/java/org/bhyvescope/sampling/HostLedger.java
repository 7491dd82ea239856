package org.bhyvescope.sampling;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bhyvescope.host.BhyveArguments;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.DeviceInterrupts;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.sampling.HostView.Part;
import org.bhyvescope.sampling.HostView.Ppt;
import org.jspecify.annotations.Nullable;

/** Keeps the books of the machine around the VMs. Time and what was read are passed in. Not thread-safe. */
final class HostLedger {
    /** So long a VM's ends are kept when it has gone. */
    static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);

    /** A process that has ended is missing in the listing before its end is told, at times. */
    static final int MISSED_LIMIT = 3;

    /** Enough to tell a boot loop. */
    static final int STARTS_KEPT = 32;

    static final String NONE = "none";
    static final String UNKNOWN = "unknown";

    private final Function<String, Optional<String>> configuration;
    private final Map<BhyveProcess.Id, Known> known = new HashMap<>();
    private final Map<String, Books> books = new TreeMap<>();
    private final EnumMap<Part, Boolean> works = new EnumMap<>(Part.class);
    private boolean complete;
    private List<PptDevice> devices = List.of();
    private Map<String, DeviceInterrupts> interrupts = Map.of();
    private Iommu iommu = Iommu.NONE;

    private static final class Known {
        private BhyveProcess now;
        private List<String> arguments = List.of();
        private List<String> passthrough = List.of();
        private int missed;
        private boolean unwatched;

        Known(BhyveProcess now) {
            this.now = now;
        }
    }

    private static final class Books {
        private final Map<VmEnd.How, Long> ends = new EnumMap<>(VmEnd.How.class);
        private final List<Long> starts = new ArrayList<>();
        private final long firstSeen;
        private VmLife.@Nullable Ended last;
        private long neededNanos;

        Books(long firstSeen) {
            this.firstSeen = firstSeen;
            for (VmEnd.How how : VmEnd.How.values()) {
                ends.put(how, 0L);
            }
        }

        VmLife view() {
            return new VmLife(
                    Collections.unmodifiableMap(new EnumMap<>(ends)),
                    Optional.ofNullable(last),
                    List.copyOf(starts),
                    firstSeen);
        }
    }

    /** @param configuration the text of a file that bhyve was given by {@code -k} */
    HostLedger(Function<String, Optional<String>> configuration) {
        this.configuration = configuration;
    }

    /**
     * Enters the processes that are there.
     *
     * @param complete whether there are no others
     * @param statusComes whether the ends of those that are watched will be told of
     * @param watch told of each process that is new
     */
    void processes(
            List<BhyveProcess> processes,
            boolean complete,
            boolean statusComes,
            Consumer<BhyveProcess.Id> watch,
            long wallMillis,
            long nowNanos) {
        this.complete = complete;
        Set<BhyveProcess.Id> present = new HashSet<>();
        for (BhyveProcess listed : processes) {
            BhyveProcess process = listed.withoutSecrets();
            present.add(process.id());
            Known of = known.get(process.id());
            if (of == null) {
                of = new Known(process);
                known.put(process.id(), of);
                began(process, wallMillis);
                watch.accept(process.id());
            }
            of.now = process;
            of.missed = 0;
            if (of.arguments.isEmpty() && !process.arguments().isEmpty()) {
                of.arguments = process.arguments();
                of.passthrough =
                        BhyveArguments.parse(process.arguments(), configuration).passthrough();
            }
            need(process.vm(), nowNanos);
        }
        List<BhyveProcess.Id> gone = new ArrayList<>();
        known.forEach((id, process) -> {
            if (!present.contains(id) && (!statusComes || process.unwatched || ++process.missed >= MISSED_LIMIT)) {
                gone.add(id);
            }
        });
        gone.forEach(id -> end(id, VmEnd.unseen(), wallMillis, nowNanos));
    }

    private void began(BhyveProcess process, long wallMillis) {
        Books of = books.computeIfAbsent(process.vm(), vm -> new Books(wallMillis));
        of.starts.add(TimeUnit.MICROSECONDS.toMillis(process.id().startMicros()));
        if (of.starts.size() > STARTS_KEPT) {
            of.starts.remove(0);
        }
    }

    /**
     * Enters the end of a process. One that is known to have ended is not counted twice; of one that may not be watched it
     * is the listing that tells.
     */
    void ended(ProcessExit exit, long wallMillis, long nowNanos) {
        Known process = known.get(exit.process());
        if (process != null && exit.waitStatus().isEmpty()) {
            process.unwatched = true;
        } else if (process != null) {
            end(exit.process(), VmEnd.of(exit.waitStatus().getAsInt()), wallMillis, nowNanos);
        }
    }

    private void end(BhyveProcess.Id id, VmEnd end, long wallMillis, long nowNanos) {
        Known process = known.remove(id);
        if (process == null) {
            return;
        }
        Books of = books.computeIfAbsent(process.now.vm(), vm -> new Books(wallMillis));
        of.ends.merge(end.how(), 1L, Long::sum);
        of.last = new VmLife.Ended(process.now, process.arguments, end, wallMillis);
        need(process.now.vm(), nowNanos);
    }

    private void need(String vm, long nowNanos) {
        Books of = books.get(vm);
        if (of != null) {
            of.neededNanos = nowNanos;
        }
    }

    /** Tells which VMs are there; forgets those that have been gone for an hour. */
    void present(Collection<String> vms, long nowNanos) {
        vms.forEach(vm -> need(vm, nowNanos));
        Iterator<Books> all = books.values().iterator();
        while (all.hasNext()) {
            if (nowNanos - all.next().neededNanos > KEPT_NANOS) {
                all.remove();
            }
        }
    }

    /** Enters the passthrough devices. */
    void devices(List<PptDevice> found) {
        devices = List.copyOf(found);
    }

    /** Enters what is known of their interrupts. */
    void interrupts(List<DeviceInterrupts> counted) {
        Map<String, DeviceInterrupts> byDevice = new HashMap<>();
        counted.forEach(each -> byDevice.put(each.device(), each));
        interrupts = byDevice;
    }

    /** Enters what is known of the IOMMU. */
    void iommu(Iommu now) {
        iommu = now;
    }

    /** Enters whether a part can be seen. */
    void works(Part part, boolean does) {
        works.put(part, does);
        if (part == Part.PROCESSES && !does) {
            complete = false;
        }
        if (part == Part.INTERRUPTS && !does) {
            interrupts = Map.of();
        }
    }

    /** What everybody reads. */
    HostView view() {
        Map<String, Known> newest = new TreeMap<>();
        known.values().stream()
                .sorted(Comparator.comparingLong(k -> k.now.id().startMicros()))
                .forEach(k -> newest.put(k.now.vm(), k));
        Map<String, HostView.Running> processes = new TreeMap<>();
        Map<String, VmLife> lives = new TreeMap<>();
        books.forEach((vm, of) -> lives.put(vm, of.view()));
        Map<String, Set<String>> holders = new HashMap<>();
        boolean allKnown = complete;
        for (Known process : newest.values()) {
            processes.put(process.now.vm(), new HostView.Running(process.now, process.arguments));
            allKnown &= !process.arguments.isEmpty();
            for (String device : process.passthrough) {
                holders.computeIfAbsent(device, d -> new HashSet<>()).add(process.now.vm());
            }
        }
        String otherwise = allKnown ? NONE : UNKNOWN;
        return new HostView(
                Collections.unmodifiableMap(processes),
                Collections.unmodifiableMap(lives),
                complete,
                devices.stream()
                        .map(device -> new Ppt(
                                device,
                                holder(device, holders, otherwise),
                                Optional.ofNullable(interrupts.get(device.name()))))
                        .toList(),
                iommu,
                Collections.unmodifiableMap(new EnumMap<>(works)));
    }

    private static String holder(PptDevice device, Map<String, Set<String>> holders, String otherwise) {
        Set<String> found = new HashSet<>(holders.getOrDefault(device.name(), Set.of()));
        found.addAll(holders.getOrDefault(device.selector(), Set.of()));
        return found.size() == 1 ? found.iterator().next() : found.isEmpty() ? otherwise : UNKNOWN;
    }
}
