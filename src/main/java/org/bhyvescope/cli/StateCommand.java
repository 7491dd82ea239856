package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.decode.explain.Explainer;
import org.bhyvescope.decode.explain.Report;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.DumpTexts;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.StateReading;
import org.bhyvescope.hypervisor.VcpuState;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.StateAccess;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bhyvescope state VM}: the state of a live VM's vCPUs, explained. */
@Command(
        name = "state",
        description = {
            "Reads the state of a live VM's vCPUs (bhyvectl --get-all) and explains it, as explain does.",
            "Each reading freezes the vCPU 80 to 105 times for a moment. One that stands still, and is not suspended, "
                    + "is not read: it might never answer."
        })
final class StateCommand extends Subcommand {
    @Parameters(paramLabel = "VM", arity = "0..*", description = "The VM's name")
    List<String> names = new ArrayList<>();

    @Option(names = "--cpu", paramLabel = "N", description = "Read this vCPU only. Default: all active ones")
    @Nullable
    String cpu;

    @Option(names = "--json", description = "Print JSON, as docs/explain.schema.json describes it")
    boolean json;

    @Option(names = "--vendor", paramLabel = "VENDOR", description = "amd or intel, where the dump does not tell")
    @Nullable
    String vendor;

    @Option(names = "--color", paramLabel = "WHEN", description = "auto, always or never. Default: auto")
    String color = "auto";

    @Option(
            names = "--source",
            paramLabel = "SOURCE",
            description = "As agent takes it; with gate, root reads the state, too. Default: ${DEFAULT-VALUE}")
    String source = new AgentFlags().source;

    @Mixin
    GateFlags gate = new GateFlags();

    @Option(
            names = "--bhyvectl.path",
            paramLabel = "FILE",
            description = "The bhyvectl program. Default: ${DEFAULT-VALUE}")
    String bhyvectlPath = new AgentFlags().bhyvectlPath;

    @Option(
            names = "--vmm.dir",
            paramLabel = "DIR",
            description = "Directory of the VMs' device nodes. Default: ${DEFAULT-VALUE}")
    String vmmDir = new AgentFlags().vmmDir;

    @Option(
            names = "--read.timeout",
            paramLabel = "TIME",
            description = "Time that bhyvectl may take for one vCPU's state, or for the VM's statistics. "
                    + "Default: ${DEFAULT-VALUE}")
    String readTimeout = new AgentFlags().readTimeout;

    @Override
    int run(PrintStream out, PrintStream err, Problems problems) throws InterruptedException {
        Optional<Vendor> told = Vendors.parse(vendor, problems);
        OptionalInt only = Vcpus.parse(cpu, problems);
        Colour colour = Colour.parse(color, problems);
        AgentFlags flags = new AgentFlags();
        flags.source = source;
        flags.gate = gate;
        flags.bhyvectlPath = bhyvectlPath;
        flags.vmmDir = vmmDir;
        flags.readTimeout = readTimeout;
        Optional<AgentConfig> config = flags.judge(problems);
        if (names.size() != 1) {
            problems.add(names.isEmpty() ? "no VM given: bhyvescope state VM" : "more than one VM given");
        }
        if (config.isEmpty() || !problems.isEmpty()) {
            return USAGE;
        }
        LogSetup.apply("error", "text");
        try (Cleanup cleanup = new Cleanup()) {
            Children children = cleanup.open(() -> new Children(System::nanoTime));
            HostFacts host = Sampling.host(config.get(), children);
            Sources sources = cleanup.open(() -> Sources.of(config.get(), children, host));
            Optional<VmId> vm = find(sources.hypervisor().vms(), names.get(0), err);
            if (vm.isEmpty()) {
                return FAILED;
            }
            LiveVm live = new LiveVm(
                    sources.hypervisor(),
                    sources.wholeStates(),
                    host,
                    vm.get(),
                    config.get().readTimeout());
            Optional<Reading.Failure> failure = live.sampleTwice();
            if (failure.isPresent()) {
                err.println("bhyvescope: its statistics cannot be read, so its state is not either: "
                        + Printable.line(failure.get().detail()));
                return FAILED;
            }
            List<Report.Cut> unread = new ArrayList<>();
            List<DumpText> dumps = readAll(live, only, unread, err);
            if (dumps.isEmpty()) {
                err.println("bhyvescope: no state was read");
                return FAILED;
            }
            Optional<Vendor> known = told.isPresent() ? told : known(live.vendor());
            Report report = Explainer.load().explain(DumpTexts.join(dumps), known);
            ExplainCommand.print(report.without(unread), json, only, colour, out);
            return OK;
        } catch (IOException e) {
            err.println("bhyvescope: writing the report: " + e.getMessage());
            return FAILED;
        }
    }

    private static Optional<Vendor> known(Vendor vendor) {
        return vendor == Vendor.UNKNOWN ? Optional.empty() : Optional.of(vendor);
    }

    /** By the listing, since a name that leads out of the directory is no VM's. */
    private static Optional<VmId> find(VmListing listing, String name, PrintStream err) {
        if (listing instanceof VmListing.NoVmm absent) {
            err.println("bhyvescope: " + absent.directory() + " is not there: no VMs (is vmm.ko loaded?)");
        } else if (listing instanceof VmListing.Failed failed) {
            err.println("bhyvescope: the VMs cannot be listed: " + Printable.line(failed.detail()));
        } else if (listing instanceof VmListing.Listed listed) {
            Optional<VmId> found =
                    listed.vms().stream().filter(vm -> vm.name().equals(name)).findFirst();
            if (found.isEmpty()) {
                String there =
                        String.join(", ", listed.vms().stream().map(VmId::name).toList());
                err.println("bhyvescope: there is no VM \"" + Printable.line(name) + "\""
                        + (there.isEmpty() ? ", nor any other" : "; there is: " + Printable.line(there)));
            }
            return found;
        }
        return Optional.empty();
    }

    /** Reads one vCPU after the other, as far as they may be read and answer, and says which were not. */
    private static List<DumpText> readAll(LiveVm live, OptionalInt only, List<Report.Cut> unread, PrintStream err)
            throws InterruptedException {
        int[] wanted = only.isPresent()
                ? new int[] {only.getAsInt()}
                : live.active().stream().toArray();
        if (wanted.length == 0) {
            err.println("bhyvescope: the VM has no active vCPU: no bhyve process has started it");
        }
        List<DumpText> dumps = new ArrayList<>();
        boolean hangs = false;
        for (int vcpu : wanted) {
            if (hangs) {
                notRead(vcpu, "the one before it did not answer", unread, err);
                continue;
            }
            StateAccess access = live.access(vcpu);
            if (access != StateAccess.ALLOWED) {
                notRead(vcpu, access.reason(), unread, err);
                continue;
            }
            StateReading reading = live.read(vcpu);
            if (reading instanceof VcpuState state) {
                dumps.add(state.dump());
            } else if (reading instanceof Reading.Failure failure) {
                notRead(vcpu, failure.detail(), unread, err);
                hangs = failure.cause() == Cause.TIMEOUT || failure.cause() == Cause.ABANDONED;
            }
        }
        return dumps;
    }

    private static void notRead(int vcpu, String why, List<Report.Cut> unread, PrintStream err) {
        unread.add(new Report.Cut(vcpu, "", "all of its state", why));
        err.println("bhyvescope: vCPU " + vcpu + " was not read: " + Printable.line(why));
    }
}
