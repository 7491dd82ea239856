package org.bhyvescope.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bhyvescope.host.BhyveArguments;
import org.bhyvescope.os.Printable;
import org.jspecify.annotations.Nullable;

/** A capture's {@code capture.json} for a person: the beginning of its report. Pure. */
final class CaptureText {
    private CaptureText() {}

    static String of(CaptureInfo info) {
        List<String> lines = new ArrayList<>();
        lines.add("VM \"" + info.vm() + "\"");
        info.triggers().forEach(what -> lines.add("  " + what.at() + "  " + what.trigger() + ": " + what.text()));
        lines.add("state: " + info.state());
        CaptureInfo.Bhyve process = info.process();
        if (process == null) {
            lines.add("bhyve: no process was seen");
        } else {
            lines.add("bhyve: pid " + process.pid() + ", started " + process.started()
                    + seconds(", user ", process.cpuUserSeconds()) + seconds(", system ", process.cpuSystemSeconds()));
            lines.add("  command line: "
                    + (process.arguments().isEmpty()
                            ? "not seen (its title had replaced it)"
                            : String.join(" ", process.arguments())));
            switches(process.arguments(), lines);
            if (!process.threads().isEmpty()) {
                lines.add("  vCPU threads wait on: "
                        + process.threads().stream()
                                .map(t -> t.vcpu() + " " + (t.waits().isEmpty() ? "nothing" : t.waits()))
                                .collect(Collectors.joining(", ")));
            }
        }
        CaptureInfo.End end = info.end();
        if (end != null) {
            lines.add("ended: " + end.at() + "  " + end.text());
        }
        host(info.host(), lines);
        states(info, lines);
        if (!info.hostAddresses()
                && info.states().stream().anyMatch(s -> !s.file().isEmpty())) {
            lines.add("addresses of the host are left out: what holds one is called missing below");
        }
        CaptureInfo.Samples samples = info.samples();
        lines.add(
                samples == null
                        ? "samples: none"
                        : "samples: " + samples.count() + ", " + samples.from() + " to " + samples.to()
                                + " (bhyvescope agent --replay=" + samples.file() + ")");
        info.files().stream()
                .filter(part -> !part.why().isEmpty())
                .forEach(part -> lines.add("missing: " + part.name() + ": " + part.why()));
        return lines.stream().map(Printable::line).collect(Collectors.joining("\n", "", "\n"));
    }

    /** What decides whether counters stay 0, and whether passthrough can be. Not where a file may say more. */
    private static void switches(List<String> arguments, List<String> lines) {
        if (arguments.isEmpty() || arguments.contains("-k")) {
            return;
        }
        BhyveArguments bhyve = BhyveArguments.parse(arguments, file -> Optional.empty());
        lines.add("  HLT leaves the guest: " + (bhyve.exitsOnHlt() ? "yes" : "no (without -H hlt stays 0)")
                + "; PAUSE: " + (bhyve.exitsOnPause() ? "yes" : "no (without -P pause stays 0)")
                + "; memory wired: " + (bhyve.memoryWired() ? "yes" : "no")
                + (bhyve.passthrough().isEmpty() ? "" : "; passed through: " + String.join(", ", bhyve.passthrough())));
    }

    private static String seconds(String what, @Nullable Double seconds) {
        return seconds == null ? "" : String.format(Locale.ROOT, "%s%.1f s", what, seconds);
    }

    private static void host(CaptureInfo.Host host, List<String> lines) {
        lines.add("host: FreeBSD " + (host.release().isEmpty() ? "of an unknown release" : host.release())
                + (host.model().isEmpty() ? "" : ", " + host.model())
                + ", read by " + host.source()
                + ", IOMMU: " + host.iommu());
        Long faults = host.ioPageFaults();
        if (faults != null && faults > 0) {
            lines.add("  dmesg.txt tells of " + faults
                    + " IO_PAGE_FAULT: a device reached for memory that is not its guest's");
        }
        for (CaptureInfo.Device d : host.ppt()) {
            Double rate = d.interruptsPerSecond();
            lines.add("  " + d.device() + " " + d.pci() + " " + d.vendor() + " " + d.product() + ", VM: " + d.vm()
                    + (rate == null ? "" : String.format(Locale.ROOT, ", %,.0f interrupts a second", rate)));
        }
    }

    private static void states(CaptureInfo info, List<String> lines) {
        for (CaptureInfo.State state : info.states()) {
            String head = "vCPU " + state.vcpu() + ": ";
            if (state.from().equals("now")) {
                lines.add(head + state.file() + ", read at " + state.readAt());
            } else if (state.file().isEmpty()) {
                lines.add(head + "no state: " + state.why());
            } else {
                lines.add(head + state.file() + ", of " + state.readAt() + " (not read now: " + state.why() + ")");
            }
        }
        if (info.states().isEmpty()) {
            lines.add("no state of any vCPU was read");
        }
    }
}
