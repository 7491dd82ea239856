package org.bhyvescope.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.bhyvescope.os.Printable;

/** The captures that there are, for a person or a program to read. */
public final class CaptureList {
    /** A report is some 100 KiB; what is beyond it is none of ours. */
    private static final long MAX_REPORT_BYTES = 16 << 20;

    private final Path folder;
    private final CaptureStore store;

    /** @param folder where they are */
    public CaptureList(Path folder) {
        this.folder = folder;
        this.store = new CaptureStore(folder, 0, 0, 0);
    }

    public Path folder() {
        return folder;
    }

    /** A line for each, the newest first. */
    public String text() throws IOException {
        List<CaptureStore.Entry> all = store.list();
        if (all.isEmpty()) {
            return "No captures in " + folder + ".\n";
        }
        return all.stream().map(CaptureList::line).collect(Collectors.joining());
    }

    private static String line(CaptureStore.Entry entry) {
        String what = entry.info().map(CaptureList::what).orElseGet(() -> CaptureStore.whyNot(entry.folder()));
        return String.format(Locale.ROOT, "%s  %s  %s%n", entry.id(), size(entry.bytes()), Printable.line(what));
    }

    private static String what(CaptureInfo info) {
        String texts = info.triggers().stream().map(CaptureInfo.What::text).collect(Collectors.joining("; "));
        return "\"" + info.vm() + "\": " + texts
                + (info.firstFinding().isEmpty() ? "" : " (" + info.firstFinding() + ")");
    }

    private static String size(long bytes) {
        return bytes < 10_000_000
                ? String.format(Locale.ROOT, "%4d KB", (bytes + 999) / 1000)
                : String.format(Locale.ROOT, "%4d MB", bytes / 1_000_000);
    }

    /** An array of each capture's capture.json. */
    public String json() throws IOException {
        return store.list().stream()
                .flatMap(entry -> entry.info().stream())
                .map(info -> info.json().strip())
                .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    /**
     * One capture: its report, which begins with what happened, and its files; or its capture.json.
     *
     * @param id empty: the newest
     * @return empty: there is none
     */
    public Optional<String> show(Optional<String> id, boolean json) throws IOException {
        Optional<CaptureStore.Entry> found = store.list().stream()
                .filter(entry -> id.isEmpty() || entry.id().equals(id.get()))
                .findFirst();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (json) {
            return Optional.of(found.get().info().map(CaptureInfo::json).orElse("null\n"));
        }
        Path report = found.get().folder().resolve(CaptureWriter.REPORT);
        String files = found.get().info().stream()
                .flatMap(info -> info.files().stream())
                .map(part -> "  " + Printable.line(part.name())
                        + (part.why().isEmpty() ? "" : " (" + Printable.line(part.why()) + ")") + "\n")
                .collect(Collectors.joining());
        String text = Files.size(report) > MAX_REPORT_BYTES
                ? ""
                : Files.readString(report, UTF_8)
                        .lines()
                        .map(Printable::line)
                        .collect(Collectors.joining("\n", "", "\n"));
        String why = found.get().info().isPresent()
                ? ""
                : ": " + CaptureStore.whyNot(found.get().folder());
        return Optional.of(found.get().folder() + why + "\n" + files + "\n" + text);
    }
}
