package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.hypervisor.recording.RecordingReader;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Printable;
import org.bhyvescope.os.Tools;
import org.bhyvescope.sampling.HostSchedule;
import org.bhyvescope.sampling.Interval;
import org.bhyvescope.sampling.Ledger;

/** {@code agent --once}: two samples of every VM, one interval apart, printed. For cron, scripts, a textfile collector. */
final class Once {
    private final AgentConfig config;
    private final OnceFormat format;

    Once(AgentConfig config, OnceFormat format) {
        this.config = config;
        this.format = format;
    }

    /** The exit code: 1 if the VMs could not be listed, or not one of them could be read. */
    int run(PrintStream out, PrintStream err) throws InterruptedException {
        return config.replay().isPresent() ? replay(config.replay().get().file(), out, err) : sample(out, err);
    }

    /** Plays all of a recording. The exit code: 1 if there is no sample in it. */
    private int replay(Path file, PrintStream out, PrintStream err) {
        RecordingReader.Opening opening = RecordingReader.open(file);
        if (opening instanceof RecordingReader.Opening.NotReadable not) {
            err.println("bhyvescope: " + Printable.line(not.why()));
            return Subcommand.FAILED;
        }
        try (RecordingReader recording = ((RecordingReader.Opening.Opened) opening).reader()) {
            HostFacts host = ReplayAgent.host(config, recording.header());
            Ledger ledger = new Ledger(StatisticsTable.load(), host);
            Player player = new Player(
                    recording, ledger, config.wanted(), problem -> err.println("bhyvescope: " + file + ", " + problem));
            player.playAtOnce();
            format.write(out, new VmCollector(ledger::board, host).collect());
            return player.samples() > 0 ? Subcommand.OK : Subcommand.FAILED;
        } catch (IOException e) {
            err.println("bhyvescope: writing the result: " + e.getMessage());
            return Subcommand.FAILED;
        }
    }

    private int sample(PrintStream out, PrintStream err) throws InterruptedException {
        try (Cleanup cleanup = new Cleanup()) {
            Children children = cleanup.open(() -> new Children(System::nanoTime));
            HostFacts host = Sampling.host(config, children);
            Sources sources = cleanup.open(() -> Sources.of(config, children, host));
            Hypervisor hypervisor = sources.hypervisor();
            Ledger ledger = new Ledger(StatisticsTable.load(), host);
            VmListing listing = hypervisor.vms();
            if (listing instanceof VmListing.Failed failed) {
                err.println("bhyvescope: " + failed.detail());
                return Subcommand.FAILED;
            } else if (listing instanceof VmListing.NoVmm absent) {
                err.println("bhyvescope: " + absent.directory() + " is not there: no VMs (is vmm.ko loaded?)");
                return Subcommand.OK;
            }
            VmListing.Listed listed = (VmListing.Listed) listing;
            listed.refused().forEach(name -> err.println("bhyvescope: not read: VM " + Printable.line(name)));
            ledger.reconcile(listed.vms());
            Interval interval = new Interval(config.interval(), hypervisor::readsPerSecond, sources.readingLocks());
            Duration allowed = Sampling.allowed(config, interval);
            Optional<HostSchedule> machine = machine(config, children, ledger, cleanup);
            look(machine);
            readAll(hypervisor, listed.vms(), allowed, ledger, err);
            TimeUnit.NANOSECONDS.sleep(interval.wanted().toNanos());
            look(machine);
            int good = readAll(hypervisor, listed.vms(), allowed, ledger, err);
            format.write(out, new VmCollector(ledger::board, host).collect());
            return good > 0 || listed.vms().isEmpty() ? Subcommand.OK : Subcommand.FAILED;
        } catch (IOException e) {
            err.println("bhyvescope: writing the result: " + e.getMessage());
            return Subcommand.FAILED;
        }
    }

    /** The machine around the VMs, where there is one to look at. */
    private static Optional<HostSchedule> machine(AgentConfig config, Children children, Ledger ledger, Cleanup cleanup)
            throws InterruptedException {
        Tools tools = Tools.ofThisHost();
        return HostParts.canBe(tools)
                ? Optional.of(cleanup.open(() -> new HostSchedule(
                        HostParts.of(tools, children).only(config.wanted()),
                        ledger,
                        InstantSource.system(),
                        System::nanoTime)))
                : Optional.empty();
    }

    private static void look(Optional<HostSchedule> machine) throws InterruptedException {
        if (machine.isPresent()) {
            machine.get().look();
        }
    }

    private int readAll(Hypervisor hypervisor, List<VmId> vms, Duration allowed, Ledger ledger, PrintStream err)
            throws InterruptedException {
        int good = 0;
        for (VmId vm : vms) {
            Reading reading = hypervisor.read(vm, Allowance.of(allowed));
            ledger.accept(vm, reading);
            if (reading instanceof Reading.Failure failure) {
                err.println("bhyvescope: VM " + Printable.line(vm.name()) + ": " + failure.detail());
            } else {
                good++;
            }
        }
        return good;
    }
}
