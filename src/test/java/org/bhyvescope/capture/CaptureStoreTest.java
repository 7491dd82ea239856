package org.bhyvescope.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureStoreTest {
    private static final long PID = ProcessHandle.current().pid();

    @TempDir
    private Path directory;

    private CaptureStore store(long maxBytes, int maxCaptures) {
        return new CaptureStore(directory.resolve("captures"), maxBytes, maxCaptures, PID);
    }

    private static CaptureInfo info(String id, boolean routine) {
        return new CaptureInfo(
                CaptureInfo.FORMAT,
                CaptureInfo.VERSION,
                id,
                "vm \"é\"",
                List.of(new CaptureInfo.What("stall", "2026-11-25T00:00:00Z", "text")),
                routine,
                "2026-11-25T00:00:01Z",
                "0",
                new CaptureInfo.Host("14.3", "", "bhyvectl", "unknown", null, List.of()),
                null,
                null,
                "stalled",
                List.of(),
                null,
                List.of(),
                false,
                "");
    }

    private static Path capture(CaptureStore store, String name, int bytes, boolean routine) throws IOException {
        CaptureStore.Draft draft = store.begin(name);
        draft.write("a.txt", new byte[bytes]);
        return draft.publish(id -> info(id, routine));
    }

    private static List<String> ids(CaptureStore store) throws IOException {
        return store.list().stream().map(CaptureStore.Entry::id).toList();
    }

    @Test
    void oneThatANewerVersionWroteIsListedAndSaidToBe() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        Path capture = capture(store, "20261125T000000Z-vm-stall", 10, false);
        Path json = capture.resolve(CaptureInfo.FILE);
        Files.writeString(json, Files.readString(json).replace("\"version\": 1,", "\"version\": 2,"));
        Files.writeString(capture.resolve(CaptureWriter.REPORT), "a report\n");

        CaptureList list = new CaptureList(directory.resolve("captures"));

        assertThat(store.list().get(0).info()).isEmpty();
        assertThat(list.text())
                .contains("20261125T000000Z-vm-stall", "written by a newer bhyvescope (version 2; this one reads 1)");
        assertThat(list.show(Optional.empty(), false).orElseThrow())
                .contains("written by a newer bhyvescope", "a report");
        Files.writeString(json, "{}");
        assertThat(list.text()).contains("its capture.json cannot be read");
    }

    private List<String> everything() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("captures"))) {
            return all.map(p -> String.valueOf(p.getFileName())).sorted().toList();
        }
    }

    @Test
    void aCaptureIsThereWhenItIsWholeAndNotBefore() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        assertThat(store.list()).as("no folder").isEmpty();

        CaptureStore.Draft draft = store.begin("20261125T000000Z-vm-stall");
        draft.write("a.txt", "text");
        assertThat(store.list()).isEmpty();
        Path whole = draft.publish(id -> info(id, false));

        assertThat(whole).hasFileName("20261125T000000Z-vm-stall");
        assertThat(store.list()).hasSize(1);
        assertThat(store.list().get(0).info()).hasValue(info("20261125T000000Z-vm-stall", false));
        assertThat(whole.resolve("a.txt")).hasContent("text");
    }

    @Test
    void othersMayNotReadIt() throws IOException {
        Path whole = capture(store(1 << 20, 10), "a", 10, false);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(whole)))
                .isEqualTo("rwxr-x---");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(whole.getParent())))
                .isEqualTo("rwxr-x---");
        try (Stream<Path> files = Files.list(whole)) {
            assertThat(files.toList())
                    .hasSize(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-r-----"));
        }
    }

    @Test
    void twoOfOneNameAreTwo() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        capture(store, "a", 10, false);
        Path second = capture(store, "a", 10, false);

        assertThat(second).hasFileName("a-2");
        assertThat(store.list().get(0).info().orElseThrow().id()).isEqualTo("a-2");
    }

    @Test
    void whatIsRoutineMakesRoomFirstThenWhatIsOld() throws IOException {
        CaptureStore store = store(1 << 20, 3);
        capture(store, "1-fault", 10, false);
        capture(store, "2-fault", 10, false);
        capture(store, "3-reboot", 10, true);
        capture(store, "4-fault", 10, false);
        assertThat(ids(store)).containsExactly("4-fault", "2-fault", "1-fault");

        capture(store, "5-reboot", 10, true);
        assertThat(ids(store)).containsExactly("5-reboot", "4-fault", "2-fault");
        assertThat(everything()).as("nothing is left behind").hasSize(3);
    }

    @Test
    void allTogetherStayBelowTheLimit() throws IOException {
        CaptureStore store = store(100_000, 50);
        for (int i = 10; i < 30; i++) {
            capture(store, i + "-fault", 20_000, false);
            long bytes =
                    store.list().stream().mapToLong(CaptureStore.Entry::bytes).sum();
            assertThat(bytes).isLessThanOrEqualTo(100_000);
        }
        assertThat(store.list()).hasSizeBetween(3, 4);
        assertThat(ids(store).get(0)).isEqualTo("29-fault");
    }

    @Test
    void oneMustNotPushOutAllOthers() throws IOException {
        CaptureStore store = store(100_000, 50);
        capture(store, "1-fault", 20_000, false);
        CaptureStore.Draft draft = store.begin("2-fault");

        assertThatThrownBy(() -> draft.write("big", new byte[60_000]))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("half of --capture.max-size");

        draft.discard();
        assertThat(everything()).containsExactly("1-fault");
    }

    @Test
    void aFolderThatGoesWhileItIsWrittenIsAnErrorAndNoCapture() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        CaptureStore.Draft draft = store.begin("a");
        draft.write("a.txt", "text");
        try (Stream<Path> all = Files.walk(directory.resolve("captures"))) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }

        assertThatThrownBy(() -> draft.publish(id -> info(id, false))).isInstanceOf(IOException.class);

        draft.discard();
        assertThat(store.list()).isEmpty();
        capture(store, "b", 10, false);
        assertThat(ids(store)).as("the next finds or makes its folder").containsExactly("b");
    }

    @Test
    void whatAKilledAgentLeftIsNotListedAndGoesAtTheNextStart() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        capture(store, "a", 10, false);
        Path captures = directory.resolve("captures");
        Files.createDirectory(captures.resolve(".new-b-999999999"));
        Files.writeString(captures.resolve(".new-b-999999999").resolve("capture.json"), "{}");
        Files.createDirectory(captures.resolve(".old-c-" + PID));
        Files.createDirectory(captures.resolve(".new-d-1")); // init, or whatever is process 1, is alive
        assertThat(ids(store)).containsExactly("a");

        store.removeRemains();

        assertThat(everything()).containsExactly(".new-d-1", "a");
    }

    @Test
    void aFolderThatIsNoneOfOursIsListedWithoutWords() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        Path whole = capture(store, "a", 10, false);
        for (String garbage : List.of(
                "", "{", "[]", "null", "{\"format\":\"other\"}", "{\"format\":\"bhyvescope capture\",\"version\":1}")) {
            Files.writeString(whole.resolve("capture.json"), garbage);
            assertThat(store.list()).hasSize(1);
            assertThat(store.list().get(0).info()).as(garbage).isEmpty();
        }
    }

    @Test
    void bytesWrittenOneByOneCountToo() throws IOException {
        CaptureStore store = store(1 << 20, 10);
        CaptureStore.Draft draft = store.begin("a");
        try (OutputStream to = draft.open("x")) {
            to.write(65);
            to.write(66);
        }
        assertThat(draft.written()).isEqualTo(2);
        assertThat(draft.publish(id -> info(id, false)).resolve("x")).hasContent("AB");
    }
}
