package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.bhyvescope.capture.CaptureInfo.Part;
import org.bhyvescope.decode.Decoder;
import org.bhyvescope.decode.Vendor;
import org.bhyvescope.decode.explain.Explainer;
import org.bhyvescope.decode.explain.Report;
import org.bhyvescope.decode.explain.ReportText;
import org.bhyvescope.decode.explain.Style;
import org.bhyvescope.dump.DumpParser;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.DumpTexts;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.host.HostFacts;
import org.bhyvescope.host.KernelMessages;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.VmEnd;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.sampling.HostView;
import org.bhyvescope.sampling.VmLife;
import org.bhyvescope.sampling.VmState;
import org.jspecify.annotations.Nullable;

/** Writes what is known of an incident into a capture. */
final class CaptureWriter {
    static final String REPORT = "report.txt";
    static final String SAMPLES = "samples.jsonl";

    /** The last minutes. */
    static final long SAMPLES_NANOS = TimeUnit.MINUTES.toNanos(15);

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final int MAX_NAME = 64;

    /** vCPUs whose states are explained: the heap is small, and what is beyond repeats what came before. */
    private static final int MAX_EXPLAINED = 64;

    private static final double MICROS = 1e6;

    private final CaptureStore store;
    private final CaptureAbout about;
    private final Samples samples;
    private final LastStates lastStates;

    /**
     * A capture that was written.
     *
     * @param folder where
     */
    record Written(Path folder, CaptureInfo info) {}

    CaptureWriter(CaptureStore store, CaptureAbout about, Samples samples, LastStates lastStates) {
        this.store = store;
        this.about = about;
        this.samples = samples;
        this.lastStates = lastStates;
    }

    /** Everything that is written of one capture, while it is being written. */
    private final class Writing {
        private final Incident incident;
        private final CaptureStore.Draft draft;
        private final List<Part> parts = new ArrayList<>();
        private final List<CaptureInfo.State> states = new ArrayList<>();
        private final List<String> stateTexts = new ArrayList<>();
        private CaptureInfo.@Nullable Samples recorded;
        private @Nullable Long ioPageFaults;

        Writing(Incident incident, CaptureStore.Draft draft) {
            this.incident = incident;
            this.draft = draft;
        }

        private void file(String name, String text, String why) throws IOException {
            byte[] bytes = text.getBytes(UTF_8);
            draft.write(name, bytes);
            parts.add(new Part(name, bytes.length, why));
        }

        private void said(List<HostTools.Said> all) throws IOException {
            for (HostTools.Said each : all) {
                if (each.text().isPresent()) {
                    String text = each.text().get();
                    if (each.file().equals(HostTools.MESSAGES)) {
                        ioPageFaults = KernelMessages.ioPageFaults(text);
                    }
                    file(each.file(), about.hostAddresses() ? text : HostAddresses.outOfText(text), each.why());
                } else {
                    parts.add(new Part(each.file(), 0, each.why()));
                }
            }
        }

        private void samples() throws IOException {
            long before = draft.written();
            try (OutputStream to = draft.open(SAMPLES)) {
                samples.write(
                                incident.vm(),
                                incident.id(),
                                incident.ended().map(VmLife.Ended::wallMillis).orElse(Long.MAX_VALUE),
                                incident.openedNanos() - SAMPLES_NANOS,
                                incident.fired(),
                                to)
                        .ifPresent(range -> recorded = new CaptureInfo.Samples(
                                SAMPLES, at(range.fromMillis()), at(range.toMillis()), range.count()));
            }
            parts.add(new Part(
                    SAMPLES,
                    draft.written() - before,
                    recorded == null ? "there is no sample of the last minutes" : ""));
        }

        /** Those that were read just now, else the newest of the schedule. */
        private void states(Decoder decoder) throws IOException {
            TreeMap<Integer, LastStates.Kept> kept = new TreeMap<>();
            incident.id().ifPresent(id -> lastStates.of(id).forEach(state -> kept.put(state.vcpu(), state)));
            TreeMap<Integer, Incident.OfVcpu> now = new TreeMap<>();
            incident.states().forEach(state -> now.put(state.vcpu(), state));
            kept.keySet()
                    .forEach(vcpu -> now.putIfAbsent(
                            vcpu,
                            new Incident.OfVcpu(vcpu, Optional.empty(), 0, "the VM could not be looked at any more")));
            for (Incident.OfVcpu state : now.values()) {
                String file = "vcpu" + state.vcpu() + ".txt";
                LastStates.Kept before = kept.get(state.vcpu());
                if (state.text().isPresent()) {
                    state(file, state.text().get(), decoder);
                    states.add(new CaptureInfo.State(state.vcpu(), file, at(state.wallMillis()), "now", ""));
                } else if (before != null) {
                    state(file, before.text(), decoder);
                    states.add(new CaptureInfo.State(
                            state.vcpu(), file, at(before.wallMillis()), "schedule", state.why()));
                } else {
                    states.add(new CaptureInfo.State(state.vcpu(), "", "", "", state.why()));
                }
            }
        }

        private void state(String file, String text, Decoder decoder) throws IOException {
            String left = about.hostAddresses() ? text : HostAddresses.outOfState(text, decoder);
            byte[] bytes = left.getBytes(ISO_8859_1);
            draft.write(file, bytes);
            parts.add(new Part(file, bytes.length, ""));
            if (stateTexts.size() < MAX_EXPLAINED) {
                stateTexts.add(left);
            }
        }

        private Report report() throws IOException {
            List<DumpText> dumps = new ArrayList<>();
            for (String text : stateTexts) {
                dumps.add(DumpParser.parse(text.getBytes(ISO_8859_1)));
            }
            Optional<Snapshot> newest = incident.view().flatMap(v -> v.sample()).map(s -> s.snapshot());
            boolean counted = dumps.stream()
                    .flatMap(d -> d.vcpus().stream())
                    .anyMatch(v -> v.stats().isPresent());
            if (newest.isPresent() && !counted) {
                dumps.add(DumpParser.parse(statistics(newest.get()).getBytes(ISO_8859_1)));
            }
            Optional<Vendor> vendor = incident.view()
                    .flatMap(v -> v.sample())
                    .map(s -> s.plan().vendor())
                    .filter(v -> v != Vendor.UNKNOWN);
            return Explainer.load().explain(DumpTexts.join(dumps), vendor);
        }

        private CaptureInfo info(String id, String first, long wallMillis) {
            return new CaptureInfo(
                    CaptureInfo.FORMAT,
                    CaptureInfo.VERSION,
                    id,
                    incident.vm(),
                    incident.fired().stream()
                            .map(f -> new CaptureInfo.What(f.trigger().label(), at(f.wallMillis()), f.text()))
                            .toList(),
                    incident.isRoutine(),
                    at(wallMillis),
                    about.agent(),
                    CaptureWriter.this.host(incident.board().host(), ioPageFaults),
                    incident.process().map(CaptureWriter::process).orElse(null),
                    incident.ended().map(e -> end(e.end(), e.wallMillis())).orElse(null),
                    incident.view().flatMap(v -> v.state()).map(VmState::label).orElse("unknown"),
                    List.copyOf(states),
                    recorded,
                    List.copyOf(parts),
                    about.hostAddresses(),
                    first);
        }
    }

    /**
     * Writes it.
     *
     * @param late what the host's tools say now
     * @throws IOException if it cannot be written; nothing is left behind then, as far as that can be helped
     */
    Written write(Incident incident, List<HostTools.Said> late, long wallMillis) throws IOException {
        CaptureStore.Draft draft = store.begin(name(incident, wallMillis));
        boolean good = false;
        try {
            Writing writing = new Writing(incident, draft);
            writing.samples();
            writing.said(incident.early());
            writing.said(late);
            writing.states(Decoder.load());
            Report report = writing.report();
            String first = report.findings().isEmpty()
                    ? ""
                    : report.findings().get(0).severity() + ": "
                            + report.findings().get(0).title();
            CaptureInfo before = writing.info("", first, wallMillis);
            writing.file(
                    REPORT,
                    CaptureText.of(before) + "\n" + ReportText.of(report, OptionalInt.empty(), Style.PLAIN),
                    "");
            CaptureInfo[] last = new CaptureInfo[1];
            Path folder = draft.publish(id -> last[0] = writing.info(id, first, wallMillis));
            good = true;
            return new Written(folder, last[0]);
        } finally {
            if (!good) {
                draft.discard();
            }
        }
    }

    /** A VM's name may hold anything; a folder's is to be typed. */
    private static String name(Incident incident, long wallMillis) {
        String vm = incident.vm().replaceAll("[^A-Za-z0-9._-]", "_");
        return STAMP.format(Instant.ofEpochMilli(wallMillis)) + "-"
                + vm.substring(0, Math.min(vm.length(), MAX_NAME)) + "-"
                + incident.fired().get(0).trigger().label();
    }

    /** The newest sample in the form of {@code bhyvectl --get-stats}. */
    private static String statistics(Snapshot snapshot) {
        StringBuilder text = new StringBuilder();
        StatTable table = snapshot.table();
        for (int row = 0; row < snapshot.rows(); row++) {
            text.append("vcpu").append(snapshot.vcpu(row)).append(" stats:\n");
            for (int column = 0; column < table.size(); column++) {
                text.append(String.format("%-40s", table.name(column)))
                        .append('\t')
                        .append(Long.toUnsignedString(snapshot.value(row, column)))
                        .append('\n');
            }
        }
        return text.toString();
    }

    static String at(long wallMillis) {
        return Instant.ofEpochMilli(wallMillis).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private CaptureInfo.Host host(HostView view, @Nullable Long ioPageFaults) {
        HostFacts facts = about.host();
        return new CaptureInfo.Host(
                facts.releaseName().orElse(""),
                facts.machine().model().orElse(""),
                about.source().get(),
                view.iommu().verdict().text(),
                ioPageFaults,
                view.devices().stream().map(CaptureWriter::device).toList());
    }

    private static CaptureInfo.Device device(HostView.Ppt ppt) {
        PptDevice device = ppt.device();
        return new CaptureInfo.Device(
                device.name(),
                device.selector(),
                device.vendorText(),
                device.productText(),
                ppt.vm(),
                ppt.interrupts()
                        .filter(i -> i.rate().isPresent())
                        .map(i -> i.rate().getAsDouble())
                        .orElse(null));
    }

    private static CaptureInfo.Bhyve process(HostView.Running running) {
        return new CaptureInfo.Bhyve(
                running.now().id().pid(),
                at(TimeUnit.MICROSECONDS.toMillis(running.now().id().startMicros())),
                running.arguments(),
                seconds(running.now().userMicros()),
                seconds(running.now().systemMicros()),
                running.now().vcpus().stream()
                        .map(t -> new CaptureInfo.VcpuThread(t.vcpu(), t.waitChannel(), seconds(t.cpuMicros())))
                        .toList());
    }

    private static CaptureInfo.End end(VmEnd end, long wallMillis) {
        return new CaptureInfo.End(
                end.how().label(),
                end.text(),
                end.waitStatus().isPresent() ? end.waitStatus().getAsInt() : null,
                at(wallMillis));
    }

    private static @Nullable Double seconds(OptionalLong micros) {
        return micros.isPresent() ? micros.getAsLong() / MICROS : null;
    }
}
