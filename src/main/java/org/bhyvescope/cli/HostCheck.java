package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.bhyvescope.decode.StatPlan;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.Machine;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Gate;
import org.bhyvescope.os.Printable;
import org.bhyvescope.os.Root;
import org.bhyvescope.os.Tools;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.web.ListenAddress;

/** Tries each thing that the agent needs, and says how it went. Reads every VM once. */
final class HostCheck {
    private static final String RIGHTS = "run as root, or give this user the nodes by a devfs rule: in /etc/devfs.rules"
            + " [bhyvescope=50] add path 'vmm/*' mode %s group GROUP; then in rc.conf"
            + " devfs_system_ruleset=\"bhyvescope\" and service devfs restart."
            + " Who can open a node controls its guest.";

    private final AgentConfig config;
    private final PrintStream out;
    private boolean good = true;

    HostCheck(AgentConfig config, PrintStream out) {
        this.config = config;
        this.out = out;
    }

    /** Whether everything that is necessary works. */
    boolean run() throws InterruptedException {
        checkSystem();
        config.listen().forEach(this::checkAddress);
        try (Cleanup cleanup = new Cleanup()) {
            Children children = cleanup.open(() -> new Children(System::nanoTime));
            HostFacts host = Sampling.host(config, children);
            checkUnits(host);
            checkMachine(host.machine());
            checkAround(Tools.ofThisHost(), children);
            Sources sources = cleanup.open(() -> Sources.of(config, children, host));
            Hypervisor hypervisor = sources.hypervisor();
            Interval interval = new Interval(config.interval(), hypervisor::readsPerSecond, sources.readingLocks());
            boolean gateAnswers =
                    config.gate().isPresent() && checkGate(config.gate().get(), children);
            checkMode(hypervisor.vms(), gateAnswers);
            checkStateDir();
            List<VmId> readable = checkVms(hypervisor, Sampling.allowed(config, interval));
            checkSource(sources, gateAnswers);
            if (config.stateInterval().filter(Duration::isZero).isPresent()) {
                note("state", "not tried, since --state.interval=0 turns it off");
            } else {
                new StateCheck(hypervisor, sources.wholeStates(), host, config.readTimeout())
                        .run(readable)
                        .forEach(line -> note("state", line));
            }
        }
        return good;
    }

    private void checkSystem() {
        String os = System.getProperty("os.name", "unknown");
        if (os.equals("FreeBSD")) {
            ok("system", os + " " + System.getProperty("os.version") + ", Java " + Runtime.version());
        } else {
            note("system", os + " is not FreeBSD: there is no bhyve here. See it work: bhyvescope demo");
        }
    }

    private void checkMachine(Machine machine) {
        machine.model().ifPresent(model -> ok("CPU", model));
        machine.maxVcpus().ifPresent(max -> ok("vCPU ids", "at most " + max + " in a VM"));
    }

    /** The machine around the VMs, where there is one to look at. */
    private void checkAround(Tools tools, Children children) throws InterruptedException {
        if (!HostParts.canBe(tools)) {
            return;
        }
        HostSources sources = HostParts.of(tools, children);
        try {
            for (MachineCheck.Line line : new MachineCheck(sources).run()) {
                if (line.works()) {
                    ok(line.what(), line.detail());
                } else {
                    note(line.what(), line.detail());
                }
            }
        } finally {
            sources.exits().close();
        }
    }

    private boolean checkGate(Gate gate, Children children) throws InterruptedException {
        GateCheck.Found found = GateCheck.run(gate, children);
        if (found.isGood()) {
            ok("gate", found.detail());
        } else {
            bad("gate", found.detail(), found.remedy());
        }
        return found.isGood();
    }

    /** Nodes are asked for by access(2), not opened. */
    private void checkMode(VmListing listing, boolean gateAnswers) {
        List<VmId> vms = listing instanceof VmListing.Listed listed ? listed.vms() : List.of();
        long accessible = vms.stream()
                .filter(vm -> Files.isReadable(config.vmmDir().resolve(vm.name())))
                .count();
        boolean root = Root.isThisUser();
        note(
                "privileges",
                PrivilegeMode.of(config.gate().isPresent(), gateAnswers, root, vms.size(), (int) accessible)
                        .text());
        if (config.gate().isPresent() && (root || accessible > 0)) {
            note("privileges", "this user can open VMs without the gate, which protects nothing here");
        }
    }

    private void checkStateDir() {
        if (!Files.exists(config.stateDir())) {
            note("state directory", config.stateDir() + " is not there: the service, or the agent if it may, makes it");
        } else if (!Files.isWritable(config.stateDir())) {
            note(
                    "state directory",
                    config.stateDir()
                            + " is not this user's, so there will be no captures; if the agent has got another"
                            + " user, look at what is in it and chown -R it");
        } else {
            ok("state directory", config.stateDir().toString());
        }
    }

    /** After the VMs were read, since that can make auto turn to the other source. */
    private void checkSource(Sources sources, boolean gateAnswers) {
        String name = sources.hypervisor().name();
        String why = sources.why();
        if (config.gate().isPresent() && !gateAnswers) {
            note("source", name + ", which does not work: see the line of the gate");
        } else if (why.isEmpty()) {
            ok("source", name);
        } else {
            note("source", name + ": " + why);
        }
        if (config.gate().isPresent()) {
            note("source", "the gate was tried with doubles, sudo and doas on Linux, not run on FreeBSD");
            return;
        }
        boolean processes = name.equals("bhyvectl");
        if (!processes) {
            note("source", "vmmdev was tested against a look-alike of the kernel only, not run on FreeBSD");
        }
        checkProgram(processes);
    }

    /** Without the source bhyvectl it is only for whole states. */
    private void checkProgram(boolean needed) {
        if (!needed && !Files.isExecutable(config.bhyvectl())) {
            note("bhyvectl", config.bhyvectl() + " is not there or not executable: no bhyvescope state VM");
            return;
        }
        if (Files.isExecutable(config.bhyvectl())) {
            ok("bhyvectl", config.bhyvectl().toString());
        } else if (Files.exists(config.bhyvectl())) {
            bad(
                    "bhyvectl",
                    config.bhyvectl() + " is not executable for this user",
                    "chmod +x, or --bhyvectl.path=FILE");
        } else {
            bad("bhyvectl", config.bhyvectl() + " is not there", "--bhyvectl.path=FILE says where it is");
        }
    }

    private void checkAddress(ListenAddress address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address.resolve());
            ok("listen", address + " is free");
        } catch (BindException e) {
            if (String.valueOf(e.getMessage()).contains("in use")) {
                note("listen", address + " is in use: fine if the agent is running now");
            } else {
                bad(
                        "listen",
                        address + ": " + e.getMessage(),
                        "--web.listen-address=HOST:PORT names one of this host's");
            }
        } catch (IOException e) {
            bad("listen", address + ": " + e.getMessage(), "--web.listen-address=HOST:PORT");
        }
    }

    private void checkUnits(HostFacts host) {
        unit(
                "TSC frequency",
                host.tscHz(),
                "Hz",
                "no run time without it, which only amd64 counts",
                "--host.tsc-frequency=HZ");
        unit("kern.hz", host.hz(), "ticks/s", "no idle time without it", "--host.hz=HZ");
        if (host.readingLocks()) {
            note(
                    "release",
                    host.release().orElse(0) + ": reading statistics freezes a vCPU for a moment, so auto is 5 s");
        }
    }

    private void unit(String what, OptionalLong value, String unit, String loss, String remedy) {
        if (value.isPresent()) {
            ok(what, value.getAsLong() + " " + unit);
        } else {
            note(what, "sysctl does not say; " + loss + " (" + remedy + ")");
        }
    }

    private List<VmId> checkVms(Hypervisor hypervisor, Duration allowed) throws InterruptedException {
        VmListing listing = hypervisor.vms();
        if (listing instanceof VmListing.NoVmm absent) {
            note("VMs", absent.directory() + " is not there: none, or vmm.ko is not loaded (kldload vmm)");
        } else if (listing instanceof VmListing.Failed failed) {
            bad("VMs", failed.detail(), "--vmm.dir=DIR says where the nodes are");
        } else if (listing instanceof VmListing.Listed listed) {
            listed.refused().forEach(name -> bad("VM", name, "rename it"));
            if (listed.vms().isEmpty()) {
                note("VMs", "none now in " + config.vmmDir());
            }
            return readAll(hypervisor, listed.vms(), allowed);
        }
        return List.of();
    }

    private List<VmId> readAll(Hypervisor hypervisor, List<VmId> vms, Duration allowed) throws InterruptedException {
        StatisticsTable meanings = StatisticsTable.load();
        List<VmId> readable = new ArrayList<>();
        for (VmId vm : vms) {
            Reading reading = hypervisor.read(vm, Allowance.of(allowed));
            if (reading instanceof Snapshot snapshot) {
                StatPlan plan = StatPlan.of(snapshot.table(), meanings);
                readable.add(vm);
                int unknown = plan.unknownColumns().length;
                ok(
                        "VM " + vm.name(),
                        plan.vendor().label() + ", active vCPUs " + snapshot.active() + ", "
                                + snapshot.table().size() + " statistics"
                                + (unknown == 0 ? "" : ", " + unknown + " of them unknown to bhyvescope"));
            } else if (reading instanceof Reading.Failure failure) {
                bad("VM " + vm.name(), failure.detail(), remedy(failure.cause(), hypervisor.name()));
            }
        }
        return readable;
    }

    private static String remedy(Reading.Cause cause, String source) {
        if (source.equals("gate")) {
            return switch (cause) {
                case GONE, REPLACED -> "if it was just destroyed: nothing; check again";
                case TIMEOUT, ABANDONED ->
                    "is its bhyve process stopped (kill -STOP, debugger)? else --read.timeout=TIME";
                case NOT_STARTED -> "see the line of the gate above";
                default -> "run bhyvectl --vm=NAME --get-stats as root by hand and look";
            };
        }
        boolean processes = source.equals("bhyvectl");
        return switch (cause) {
            case DENIED -> RIGHTS.formatted(processes ? "0660" : "0440");
            case GONE, REPLACED -> "if it was just destroyed: nothing; check again";
            case TIMEOUT, ABANDONED -> "is its bhyve process stopped (kill -STOP, debugger)? else --read.timeout=TIME";
            case NO_OUTPUT, GARBLED, TOO_MUCH_OUTPUT, NOT_STARTED, EXIT_STATUS, INTERNAL ->
                processes ? ofProcesses(cause) : "--source=bhyvectl reads the same in another way";
        };
    }

    private static String ofProcesses(Reading.Cause cause) {
        return switch (cause) {
            case NO_OUTPUT -> "in a jail: it needs allow.vmm; else check again";
            case GARBLED, TOO_MUCH_OUTPUT -> "is --bhyvectl.path FreeBSD's own bhyvectl, and of the kernel's release?";
            case NOT_STARTED -> "--bhyvectl.path=FILE must name an executable bhyvectl";
            default -> "run bhyvectl --vm=NAME --get-stats by hand and look";
        };
    }

    private void ok(String what, String detail) {
        out.println("ok    " + Printable.line(what) + ": " + Printable.line(detail));
    }

    private void note(String what, String detail) {
        out.println("note  " + Printable.line(what) + ": " + Printable.line(detail));
    }

    private void bad(String what, String detail, String remedy) {
        good = false;
        out.println("FAIL  " + Printable.line(what) + ": " + Printable.line(detail));
        out.println("      remedy: " + remedy);
    }
}
