package org.bhyvescope.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.dump.BhyvectlParser;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatBlock;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.sampling.Ledger;
import org.bhyvescope.sampling.StateDigest;

/**
 * VMs without processes: snapshots in the format of FreeBSD 14 on AMD (43 statistics a vCPU), whose counters grow by
 * random steps of a fixed seed, entered into a real ledger.
 */
final class SimulatedBoard {
    static final HostFacts HOST =
            new HostFacts(OptionalLong.of(3_000_000_000L), OptionalLong.of(1000), OptionalLong.of(1_403_000));
    private static final String TEXT = "/org/bhyvescope/dump/amd-14.vcpu0.txt";
    private static final long INTERVAL_NANOS = 1_000_000_000L;
    private static final int LARGEST_STEP = 5000;

    private final Ledger ledger = new Ledger(StatisticsTable.load(), HOST);
    private final SplittableRandom random = new SplittableRandom(4711);
    private final List<VmId> vms;
    private final StatTable table;
    private final long[][][] counters;
    private long nanos;

    SimulatedBoard(int vms, int vcpus) {
        StatBlock block = BhyvectlParser.parse(text(), StatTable.EMPTY).stats().get(0);
        this.table = block.table();
        this.vms = IntStream.range(0, vms)
                .mapToObj(i -> new VmId(name(i), i, Instant.EPOCH))
                .toList();
        this.counters = new long[vms][vcpus][table.size()];
        for (long[][] vm : counters) {
            for (long[] vcpu : vm) {
                for (int i = 0; i < vcpu.length; i++) {
                    // As different as weeks of uptime make them; what stands at 0 stays there.
                    vcpu[i] = block.value(i) * random.nextInt(1, 1000);
                }
            }
        }
        ledger.reconcile(this.vms);
        tick();
        enterStates(vcpus);
    }

    /** A VM's name by its number. */
    static String name(int vm) {
        return String.format("guest-%02d", vm);
    }

    /** One state of every vCPU, as the state schedule leaves them. */
    private void enterStates(int vcpus) {
        StateDigest.OfVm facts = new StateDigest.OfVm(
                nanos,
                Map.of(
                        new StateDigest.Mapped("sysmem", "wired/iommu"),
                        4L << 30,
                        new StateDigest.Mapped("bootrom", "none"),
                        16_384L),
                OptionalLong.of(7200));
        Map<String, Boolean> capabilities = Map.of("hlt_exit", true, "pause_exit", true, "unrestricted_guest", true);
        for (VmId vm : vms) {
            for (int vcpu = 0; vcpu < vcpus; vcpu++) {
                ledger.acceptState(
                        vm,
                        new StateDigest(
                                new StateDigest.OfVcpu(vcpu, nanos, Optional.of("VMEXIT_INTR"), capabilities), facts));
            }
        }
    }

    /** A text of bhyvectl's with all that one process prints. */
    static byte[] text() {
        try (InputStream in = Objects.requireNonNull(SimulatedBoard.class.getResourceAsStream(TEXT), TEXT)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The rows of that text, as it prints them: description, TAB, value. */
    static List<String> rows() {
        return new String(text(), ISO_8859_1)
                .lines()
                .filter(line -> line.indexOf('\t') >= 40)
                .toList();
    }

    Ledger ledger() {
        return ledger;
    }

    /** Moves the time and makes the next snapshot of every VM. */
    List<Snapshot> next() {
        nanos += INTERVAL_NANOS;
        List<Snapshot> snapshots = new ArrayList<>();
        for (int vm = 0; vm < counters.length; vm++) {
            List<Snapshot.Row> rows = new ArrayList<>();
            for (long[] vcpu : counters[vm]) {
                for (int i = 0; i < vcpu.length; i++) {
                    vcpu[i] += vcpu[i] == 0 ? 0 : random.nextInt(LARGEST_STEP);
                }
                rows.add(new Snapshot.Row(nanos, vcpu.clone()));
            }
            CpuSet active = CpuSet.of(IntStream.range(0, rows.size()).toArray());
            snapshots.add(new Snapshot(
                    vms.get(vm),
                    nanos / 1_000_000,
                    nanos,
                    active,
                    CpuSet.NONE,
                    Optional.of(new Topology(1, rows.size(), 1, 32)),
                    table,
                    rows));
        }
        return snapshots;
    }

    /** Enters the next snapshot of every VM. */
    void tick() {
        for (Snapshot snapshot : next()) {
            ledger.accept(snapshot.vm(), snapshot);
        }
    }
}
