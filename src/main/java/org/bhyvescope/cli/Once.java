package org.bhyvescope.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.decode.StatisticsTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.metrics.VmCollector;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Printable;
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
            readAll(hypervisor, listed.vms(), allowed, ledger, err);
            TimeUnit.NANOSECONDS.sleep(interval.wanted().toNanos());
            int good = readAll(hypervisor, listed.vms(), allowed, ledger, err);
            format.write(out, new VmCollector(ledger::board, host).collect());
            return good > 0 || listed.vms().isEmpty() ? Subcommand.OK : Subcommand.FAILED;
        } catch (IOException e) {
            err.println("bhyvescope: writing the result: " + e.getMessage());
            return Subcommand.FAILED;
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
