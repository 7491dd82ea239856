package org.bhyvescope.cli;

import java.util.ArrayList;
import java.util.List;
import org.bhyvescope.host.DeviceListing;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.InterruptReading;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.ProcessListing;

/** Tries what is read of the machine around the VMs. None of it is needed to read the VMs themselves. */
final class MachineCheck {
    private final HostSources sources;

    MachineCheck(HostSources sources) {
        this.sources = sources;
    }

    /**
     * One part.
     *
     * @param works whether it can be read
     */
    record Line(boolean works, String what, String detail) {}

    List<Line> run() throws InterruptedException {
        List<Line> lines = new ArrayList<>();
        processes(lines);
        lines.add(
                sources.exits().learnsStatus()
                        ? new Line(true, "exit status", "of bhyve, by kqueue")
                        : new Line(false, "exit status", "how a bhyve ends will be told as unknown: no kqueue here"));
        devices(lines);
        interrupts(lines);
        Iommu.Verdict iommu = sources.iommu().get().verdict();
        boolean good = iommu == Iommu.Verdict.IN_USE || iommu == Iommu.Verdict.ALLOWED;
        lines.add(new Line(good, "IOMMU", iommu.text()));
        return lines;
    }

    private void processes(List<Line> lines) throws InterruptedException {
        ProcessListing listing = sources.processes().list();
        if (listing instanceof ProcessListing.Listed listed) {
            lines.add(new Line(
                    true,
                    "processes",
                    listed.processes().size() + " of bhyve"
                            + (listed.complete()
                                    ? ""
                                    : "; those of other users or jails may be hidden: run as root, or set "
                                            + "security.bsd.see_other_uids=1")));
        } else if (listing instanceof ProcessListing.Failed failed) {
            lines.add(new Line(false, "processes", failed.detail()));
        }
    }

    private void devices(List<Line> lines) throws InterruptedException {
        DeviceListing listing = sources.devices().list();
        if (listing instanceof DeviceListing.Failed failed) {
            lines.add(new Line(false, "passthrough", failed.detail()));
        } else if (listing instanceof DeviceListing.Listed listed) {
            if (listed.devices().isEmpty()) {
                lines.add(new Line(true, "passthrough", "no device is held by ppt"));
            }
            for (PptDevice device : listed.devices()) {
                lines.add(new Line(
                        true,
                        "passthrough",
                        device.name() + " " + device.selector()
                                + device.vendor().map(v -> " " + v).orElse("")
                                + device.product().map(p -> " " + p).orElse("")));
            }
        }
    }

    private void interrupts(List<Line> lines) throws InterruptedException {
        InterruptReading reading = sources.interrupts().read();
        if (reading instanceof InterruptReading.Counted counted) {
            lines.add(new Line(true, "interrupts", counted.sources().size() + " sources of passthrough devices"));
        } else if (reading instanceof InterruptReading.Failed failed) {
            lines.add(new Line(false, "interrupts", failed.detail()));
        }
    }
}
