package org.bhyvescope.sampling;

import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.bhyvescope.host.DeviceListing;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.InterruptReading;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.PptInterrupts;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.bhyvescope.host.ProcessListing;
import org.bhyvescope.os.Ending;
import org.bhyvescope.os.Printable;
import org.bhyvescope.sampling.HostView.Part;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that looks at the machine around the VMs: it waits for bhyve processes to end, and meanwhile reads, each at its
 * own pace, the processes, the passthrough devices and their interrupts. A part that cannot be read degrades alone.
 */
public final class HostSchedule implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostSchedule.class);

    /** A call that waits in the kernel cannot be interrupted. */
    private static final long LONGEST_WAIT_NANOS = Duration.ofMillis(250).toNanos();

    private static final Duration DEVICES_EVERY = Duration.ofMinutes(5);

    /** It turns on when the first VM with a device passed through starts. */
    private static final Duration IOMMU_EVERY = Duration.ofSeconds(30);

    private final HostSources sources;
    private final Ledger ledger;
    private final HostLedger books;
    private final InstantSource wallClock;
    private final LongSupplier nanoClock;
    private final PptInterrupts pptInterrupts = new PptInterrupts();
    private final Map<Part, String> troubles = new EnumMap<>(Part.class);
    private final Thread thread;

    private List<PptDevice> devices = List.of();
    private long processesDue;
    private long devicesDue;
    private long interruptsDue;
    private long iommuDue;
    private boolean changed;
    private volatile boolean stopping;

    /** @param nanoClock monotonic clock in ns */
    public HostSchedule(HostSources sources, Ledger ledger, InstantSource wallClock, LongSupplier nanoClock) {
        this.sources = sources;
        this.ledger = ledger;
        this.books = new HostLedger(sources.configuration());
        this.wallClock = wallClock;
        this.nanoClock = nanoClock;
        this.thread = new Thread(this::run, "host");
        thread.setDaemon(true);
    }

    /** Begins to look. */
    public void start() {
        begin();
        works(Part.EXIT_STATUS, sources.exits().learnsStatus());
        thread.start();
    }

    /** Looks at all of it now, for a caller that has not started this, and that will not see anything end. */
    public void look() throws InterruptedException {
        begin();
        round();
        ledger.acceptHost(books.view().withoutLives());
    }

    private void begin() {
        long now = nanoClock.getAsLong();
        processesDue = now;
        devicesDue = now;
        interruptsDue = now;
        iommuDue = now;
    }

    private void run() {
        while (!stopping) {
            try {
                round();
                await();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                if (stopping) {
                    return;
                }
                // A bug must not end it, nor an Error (a class that cannot be loaded); without the pause it could spin.
                LOG.error("internal error in the host schedule", e);
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(Duration.ofSeconds(1).toMillis());
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void round() throws InterruptedException {
        long now = nanoClock.getAsLong();
        if (processesDue - now <= 0) {
            processesDue = now + sources.processes().interval().toNanos();
            readProcesses();
        }
        if (devicesDue - now <= 0) {
            devicesDue = now + DEVICES_EVERY.toNanos();
            readDevices();
        }
        if (iommuDue - now <= 0) {
            iommuDue = now + IOMMU_EVERY.toNanos();
            books.iommu(sources.iommu().get());
            changed = true;
        }
        if (interruptsDue - now <= 0) {
            interruptsDue = now + sources.interrupts().interval().toNanos();
            readInterrupts();
        }
        books.present(ledger.board().vms().stream().map(VmView::name).toList(), nanoClock.getAsLong());
        post();
    }

    private void await() throws InterruptedException {
        long now = nanoClock.getAsLong();
        long next =
                Math.min(Math.min(processesDue - now, devicesDue - now), Math.min(interruptsDue - now, iommuDue - now));
        for (ProcessExit exit : sources.exits().await(Math.max(0, Math.min(next, LONGEST_WAIT_NANOS)))) {
            books.ended(exit, wallClock.millis(), nanoClock.getAsLong());
            changed = true;
        }
        post();
    }

    private void post() {
        if (changed) {
            changed = false;
            ledger.acceptHost(books.view());
        }
    }

    private void readProcesses() throws InterruptedException {
        ProcessListing listing = sources.processes().list();
        if (listing instanceof ProcessListing.Listed listed) {
            good(Part.PROCESSES);
            books.processes(
                    listed.processes(),
                    listed.complete(),
                    sources.exits().learnsStatus(),
                    sources.exits()::watch,
                    wallClock.millis(),
                    nanoClock.getAsLong());
        } else if (listing instanceof ProcessListing.Failed failed) {
            bad(Part.PROCESSES, "bhyve processes cannot be listed: " + failed.detail());
        }
    }

    private void readDevices() throws InterruptedException {
        DeviceListing listing = sources.devices().list();
        if (listing instanceof DeviceListing.Listed listed) {
            good(Part.DEVICES);
            devices = listed.devices();
            books.devices(devices);
        } else if (listing instanceof DeviceListing.Failed failed) {
            bad(Part.DEVICES, "passthrough devices cannot be listed: " + failed.detail());
        }
    }

    private void readInterrupts() throws InterruptedException {
        InterruptReading reading = sources.interrupts().read();
        if (reading instanceof InterruptReading.Counted counted) {
            good(Part.INTERRUPTS);
            books.interrupts(pptInterrupts.update(counted, devices));
        } else if (reading instanceof InterruptReading.Failed failed) {
            bad(Part.INTERRUPTS, "the host's interrupts cannot be counted: " + failed.detail());
        }
    }

    private void good(Part part) {
        if (troubles.remove(part) != null) {
            LOG.info("{}: can be read again", part.label());
        }
        works(part, true);
    }

    private void bad(Part part, String detail) {
        if (troubles.put(part, detail) == null) {
            LOG.warn("{}", Printable.line(detail));
        }
        works(part, false);
    }

    private void works(Part part, boolean does) {
        books.works(part, does);
        changed = true;
    }

    /** Stops within about a second; does not wait for a child, which its owner kills. */
    @Override
    public void close() {
        stopping = true;
        Ending.of(thread);
        sources.exits().close();
    }
}
