package org.bhyvescope.hypervisor.recording;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.Snapshots;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.recording.RecordingReader.Opening;
import org.bhyvescope.hypervisor.recording.RecordingWriter.Flush;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingTest {
    private static final RecordingHeader HEADER = new RecordingHeader(
            "0.1.0",
            "2026-11-25T12:00:00Z",
            OptionalLong.of(3_000_000_000L),
            OptionalLong.of(1000),
            OptionalLong.empty(),
            "vmmdev");
    private static final VmId WEB = Snapshots.id("web", 1);
    private static final VmId DB = Snapshots.id("db \"\n\u65e5", -1);
    private static final Moment WHEN = new Moment(1_760_000_000_000L, -5);
    private static final String FIRST = "{\"format\":\"bhyvescope recording\",\"version\":1}\n";
    private static final String TABLE = "{\"table\":0,\"statistics\":[\"total number of vm exits\"]}\n";

    @TempDir
    Path directory;

    /** What is written goes here. */
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private RecordingWriter writer() throws IOException {
        return new RecordingWriter(bytes, HEADER, Flush.EACH_LINE);
    }

    private static RecordingReader opened(InputStream in) throws IOException {
        Opening opening = RecordingReader.of(in, "it");
        assertThat(opening).isInstanceOf(Opening.Opened.class);
        return ((Opening.Opened) opening).reader();
    }

    private static List<Recorded> read(byte[] file) throws IOException {
        List<Recorded> all = new ArrayList<>();
        opened(new ByteArrayInputStream(file)).forEachRemaining(all::add);
        return all;
    }

    private static List<Recorded> read(String... lines) throws IOException {
        return read((FIRST + TABLE + String.join("\n", lines) + "\n").getBytes(UTF_8));
    }

    private static String refusal(String... lines) throws IOException {
        return read(lines).stream()
                .filter(each -> each instanceof Recorded.Refused)
                .map(each -> ((Recorded.Refused) each).line() + ": " + ((Recorded.Refused) each).why())
                .collect(Collectors.joining("; "));
    }

    private static List<String> texts(List<Recorded> all) {
        return all.stream()
                .map(each -> each instanceof Recorded.Sample sample ? Same.text(sample.snapshot()) : each.toString())
                .toList();
    }

    private static String whole(String vm, int n, int total) {
        return "{\"sample\":\"" + vm + "\",\"n\":" + n + ",\"wall\":5,\"mono\":" + n
                + ",\"inode\":1,\"created\":\"2026-11-25T12:00:00Z\",\"table\":0,\"active\":[0],\"vcpus\":[[0,0,"
                + total
                + "]]}";
    }

    private static String change(String vm, int n, int total) {
        return "{\"sample\":\"" + vm + "\",\"n\":" + n + ",\"wall\":5,\"mono\":" + n + ",\"vcpus\":[[0,0," + total
                + "]]}";
    }

    private static List<Long> totals(List<Recorded> all) {
        return all.stream()
                .filter(each -> each instanceof Recorded.Sample)
                .map(each -> ((Recorded.Sample) each).snapshot().value(0, 0))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatWasWrittenIsReadBitByBit(long seed) throws IOException {
        Random random = new Random(seed);
        List<RandomVm> vms =
                List.of(new RandomVm("a", random), new RandomVm("b \u65e5", random), new RandomVm("", random));
        List<String> expected = new ArrayList<>();
        try (RecordingWriter writer = writer()) {
            for (int i = 0; i < 1000; i++) {
                Snapshot snapshot = vms.get(random.nextInt(vms.size())).next();
                writer.sample(snapshot);
                expected.add(Same.text(snapshot));
            }
            assertThat(writer.samples()).isEqualTo(1000);
            assertThat(writer.vms()).isEqualTo(3);
        }
        assertThat(texts(read(bytes.toByteArray()))).isEqualTo(expected);
    }

    @Test
    void everyKindOfLineComesBack() throws IOException {
        Failure failure = new Failure(Cause.TIMEOUT, "bhyvectl did \"not\" answer\nin 3 s");
        try (RecordingWriter writer = writer()) {
            writer.listed(List.of(WEB, DB), WHEN);
            writer.listed(List.of(WEB, DB), WHEN);
            writer.failure(DB, failure, WHEN);
            writer.listingFailed(WHEN);
            writer.event("end", "web", WHEN, "exit status 1");
            writer.listed(List.of(), WHEN);
        }
        assertThat(read(bytes.toByteArray()))
                .containsExactly(
                        new Recorded.Listed(List.of(WEB, DB), WHEN),
                        new Recorded.Failed(DB, failure, WHEN),
                        new Recorded.ListingFailed(WHEN),
                        new Recorded.Happened("end", "web", WHEN, "exit status 1"),
                        new Recorded.Listed(List.of(), WHEN));
        assertThat(opened(new ByteArrayInputStream(bytes.toByteArray())).header())
                .isEqualTo(HEADER);
    }

    @Test
    void everyCauseComesBack() throws IOException {
        try (RecordingWriter writer = writer()) {
            for (Cause cause : Cause.values()) {
                writer.failure(WEB, new Failure(cause, ""), WHEN);
            }
        }
        assertThat(read(bytes.toByteArray()))
                .extracting(each -> ((Recorded.Failed) each).failure().cause())
                .containsExactly(Cause.values());
    }

    /** Cut anywhere, it says what it says whole, up to there, and then that it was cut. */
    @Test
    void aFileThatWasCutIsReadUpToThere() throws IOException {
        Random random = new Random(61);
        RandomVm vm = new RandomVm("a", random);
        try (RecordingWriter writer = writer()) {
            for (int i = 0; i < 30; i++) {
                writer.sample(vm.next());
            }
        }
        byte[] file = bytes.toByteArray();
        List<String> all = texts(read(file));
        int firstLine = new String(file, UTF_8).indexOf('\n') + 1;
        for (int length = firstLine; length < file.length; length++) {
            byte[] part = Arrays.copyOf(file, length);
            List<Recorded> read = read(part);
            boolean betweenLines = part[length - 1] == '\n';
            int samples = betweenLines ? read.size() : read.size() - 1;
            assertThat(texts(read).subList(0, samples)).isEqualTo(all.subList(0, samples));
            if (!betweenLines) {
                long lines = 1
                        + new String(part, UTF_8).chars().filter(c -> c == '\n').count();
                assertThat(read.get(samples))
                        .isEqualTo(new Recorded.Cut(
                                lines,
                                "the file ends within this line, so whatever wrote it was stopped; all before it was "
                                        + "read"));
            }
        }
    }

    @Test
    void aCompressedFileThatWasCutIsReadUpToThere() throws IOException {
        Path file = directory.resolve("a.jsonl.gz");
        try (RecordingWriter writer = new RecordingWriter(RecordingFiles.create(file), HEADER, Flush.EACH_LINE)) {
            for (int i = 0; i < 100; i++) {
                writer.sample(Snapshots.of(WEB).at(i).vcpu(0, i * (long) i).build());
            }
        }
        byte[] whole = Files.readAllBytes(file);
        assertThat(new String(whole, UTF_8)).doesNotContain("format");
        Path cut = directory.resolve("cut.jsonl.gz");
        Files.write(cut, Arrays.copyOf(whole, whole.length - 100));
        try (RecordingReader reader = ((Opening.Opened) RecordingReader.open(cut)).reader()) {
            List<Recorded> read = new ArrayList<>();
            reader.forEachRemaining(read::add);
            assertThat(read).hasSizeBetween(50, 100).last().isInstanceOf(Recorded.Cut.class);
            assertThat(((Recorded.Cut) read.get(read.size() - 1)).why()).contains("cannot be read on here");
            assertThat(totals(read)).startsWith(0L, 1L, 4L, 9L);
        }
    }

    @Test
    void aLineOfGarbageIsNamedAndWhatFollowsItForSureIsRead() throws IOException {
        List<Recorded> read = read(whole("a", 0, 1), "~~~", change("a", 1, 2));
        assertThat(totals(read)).containsExactly(1L, 2L);
        assertThat(read.get(1)).isEqualTo(new Recorded.Refused(4, "it is not JSON"));
    }

    @Test
    void afterALostSampleAVmIsLeftOutUpToItsNextWholeOneAndOthersAreNot() throws IOException {
        List<Recorded> read = read(
                whole("a", 0, 1),
                whole("b", 0, 10),
                "{\"sample\":\"a\",\"n\":1,",
                change("a", 2, 3),
                change("b", 1, 11),
                change("a", 3, 4),
                whole("a", 4, 5),
                change("a", 5, 6));
        assertThat(totals(read)).containsExactly(1L, 10L, 11L, 5L, 6L);
        assertThat(read.stream().filter(each -> each instanceof Recorded.Refused))
                .extracting(each -> ((Recorded.Refused) each).line())
                .containsExactly(5L, 6L);
    }

    @Test
    void aWholeSampleComesEverySixtySamples() throws IOException {
        try (RecordingWriter writer = writer()) {
            for (int i = 0; i < 121; i++) {
                writer.sample(Snapshots.of(WEB).at(i).vcpu(0, i).build());
            }
        }
        List<String> lines = bytes.toString(UTF_8).lines().toList();
        assertThat(lines.stream().filter(line -> line.contains("\"active\"")).count())
                .isEqualTo(3);
        // Without its 11th sample (the second line is the table), 49 are lost.
        List<String> without = new ArrayList<>(lines);
        without.remove(12);
        List<Recorded> read = read((String.join("\n", without) + "\n").getBytes(UTF_8));
        assertThat(totals(read)).hasSize(10 + 61).contains(9L, 60L, 120L).doesNotContain(10L, 11L, 59L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "[]|3: it is JSON of another shape",
                "{} {}|3: it is not JSON",
                "{\"sample\":\"a\"}|3: it has no \"n\"",
                "{\"sample\":5}|3: there is no text where one must be",
                "{\"sample\":\"a\",\"n\":\"0\"}|3: there is no number where one must be",
                "{\"sample\":\"a\",\"n\":99999999999999999999}|3: a number is not one of 64 bits",
                "{\"sample\":\"a\",\"n\":1.5}|3: a number is not one of 64 bits",
                "{\"sample\":\"a\",\"n\":0,\"active\":[0]}|3: it has no \"table\"",
                "{\"sample\":\"a\",\"n\":0,\"table\":1,\"active\":[0]}|3: the line with table 1 is missing",
                "{\"sample\":\"a\",\"n\":0,\"table\":0,\"active\":[0]}"
                        + "|3: it does not tell which VM: name, inode and created are needed",
                "{\"failure\":\"odd\",\"vm\":\"a\",\"inode\":1,\"created\":\"2026-11-25T12:00:00Z\",\"wall\":1,\"mono\":1}"
                        + "|3: no failure is called \"odd\" in this version",
                "{\"failure\":\"gone\",\"vm\":\"a\",\"inode\":1,\"created\":\"soon\",\"wall\":1,\"mono\":1}"
                        + "|3: a time is not one of ISO 8601",
                "{\"listed\":[{\"vm\":\"a\"}],\"wall\":1,\"mono\":1}"
                        + "|3: it does not tell which VM: name, inode and created are needed",
                "{\"table\":1,\"statistics\":[\"x\",\"x\"]}|3: it is JSON of another shape",
            })
    void aLineThatCannotBeUsedIsRefusedWithAReason(String line, String refusal) throws IOException {
        assertThat(refusal(line)).isEqualTo(refusal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"vcpus\":[[0,0,1],[0,0,1]]|it has 2 rows for 1 active vCPUs",
                "\"other\":1|it has no rows for 1 active vCPUs",
                "\"vcpus\":[[0,1,1]]|its table has no column 1",
                "\"vcpus\":[[0,0]]|a vCPU has a column without a value, or no time",
                "\"vcpus\":[[]]|a vCPU has a column without a value, or no time",
                "\"suspended\":[-1],\"vcpus\":[[0]]|there is no vCPU -1",
                "\"suspended\":[4096],\"vcpus\":[[0]]|there is no vCPU 4096",
            })
    void aSampleThatDoesNotFitIsRefusedWithAReason(String members, String why) throws IOException {
        String line = "{\"sample\":\"a\",\"n\":1,\"wall\":5,\"mono\":1," + members + "}";
        assertThat(refusal(whole("a", 0, 1), line)).isEqualTo("4: " + why);
    }

    @Test
    void whatALaterVersionMayAddIsLeftOut() throws IOException {
        List<Recorded> read = read(
                whole("a", 0, 1).replace("\"n\"", "\"new\":{\"deep\":[1,{}]},\"n\""),
                "{\"novelty\":\"x\",\"vcpus\":[]}",
                change("a", 1, 2));
        assertThat(totals(read)).containsExactly(1L, 2L);
        assertThat(read).hasSize(2);
    }

    @Test
    void theMembersOfALineMayComeInAnyOrder() throws IOException {
        assertThat(
                        totals(
                                read(
                                        "{\"vcpus\":[[0,0,18446744073709551615]],\"active\":[3],\"mono\":1,\"wall\":2,\"table\":0,"
                                                + "\"created\":\"2026-11-25T12:00:00Z\",\"inode\":18446744073709551615,\"n\":7,\"sample\":\"a\"}")))
                .containsExactly(-1L);
    }

    @Test
    void aFileOfGarbageIsGivenUp() throws IOException {
        String[] garbage = new String[1000];
        Arrays.fill(garbage, "x");
        List<Recorded> read = read(garbage);
        assertThat(read).hasSize(RecordingReader.MOST_REFUSED + 1);
        assertThat(read.get(RecordingReader.MOST_REFUSED))
                .isEqualTo(new Recorded.Cut(103, "more than 100 lines are not readable; the rest is left out"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|it is empty",
                "x|it is no recording of bhyvescope's: its first line does not say so",
                "{}|it is no recording of bhyvescope's: its first line does not say so",
                "{\"format\":\"bhyvescope recording\"}|it is no recording of bhyvescope's: its first line does not say so",
                "{\"format\":\"bhyvescope recording\",\"version\":2}|it is a recording of version 2; this program reads "
                        + "version 1. A newer bhyvescope reads it",
            })
    void whatIsNoRecordingOfThisVersionIsRefused(String text, String why) throws IOException {
        byte[] file = text.isEmpty() ? new byte[0] : (text + "\n").getBytes(UTF_8);
        assertThat(RecordingReader.of(new ByteArrayInputStream(file), "it")).isEqualTo(new Opening.NotReadable(why));
    }

    @Test
    void aFileThatCannotBeOpenedIsNamed() throws IOException {
        Path file = directory.resolve("none");
        assertThat(RecordingReader.open(file)).isEqualTo(new Opening.NotReadable(file + " is not there"));
        Path noGzip = Files.writeString(directory.resolve("a.gz"), FIRST);
        assertThat(RecordingReader.open(noGzip))
                .isEqualTo(new Opening.NotReadable(noGzip + " cannot be read: Not in GZIP format"));
    }

    /** 64 MiB without a line end: a text without an end, more numbers than any VM has, deep nesting. */
    @ParameterizedTest
    @ValueSource(strings = {"[0,0,1],", "1", " ", "\"", "{\"a\":"})
    void anEndlessLineTakesBoundedMemory(String repeated) throws IOException {
        byte[] piece = repeated.repeat(1000).getBytes(UTF_8);
        Stream<InputStream> pieces = Stream.concat(
                Stream.of(new ByteArrayInputStream((FIRST + "{\"sample\":\"a\",\"vcpus\":[").getBytes(UTF_8))),
                Stream.generate(() -> new ByteArrayInputStream(piece)).limit((64L << 20) / piece.length));
        InputStream endless = new SequenceInputStream(Collections.enumeration(pieces.toList()));
        List<Recorded> read = new ArrayList<>();
        opened(endless).forEachRemaining(read::add);
        assertThat(read).hasSize(1).first().isInstanceOf(Recorded.Cut.class);
    }

    @Test
    void aLineThatIsTooLongIsRefusedAndTheNextIsRead() throws IOException {
        String longText = "{\"event\":\"" + "x".repeat(Limits.STRING_BYTES) + "\"}";
        String longLine = "{\"new\":[" + " ".repeat(17 << 20) + "]}";
        List<Recorded> read = read(whole("a", 0, 1), longText, longLine, change("a", 1, 2));
        assertThat(totals(read)).containsExactly(1L, 2L);
        assertThat(read.get(1)).isEqualTo(new Recorded.Refused(4, "it has a text of more than 65536 bytes"));
        assertThat(read.get(2)).isEqualTo(new Recorded.Refused(5, "the line is longer than 16777216 bytes"));
    }

    @Test
    void moreVmsThanCanBeKeptInMindAreRefused() throws IOException {
        String[] lines = new String[Limits.VMS + 2];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = whole("vm" + i, 0, i);
        }
        List<Recorded> read = read(lines);
        assertThat(totals(read)).hasSize(Limits.VMS);
        assertThat(read).last().isInstanceOf(Recorded.Refused.class);
    }

    @Test
    void aSourceThatNeverRepeatsItsTableCanBeRecorded() throws IOException {
        List<String> expected = new ArrayList<>();
        try (RecordingWriter writer = writer()) {
            for (int i = 0; i < 300; i++) {
                Snapshot odd =
                        Snapshots.of(WEB).table("odd " + i).at(i).vcpu(0, i).build();
                Snapshot usual = Snapshots.of(DB).at(i).vcpu(0, i).build();
                writer.sample(odd);
                writer.sample(usual);
                expected.add(Same.text(odd));
                expected.add(Same.text(usual));
            }
        }
        assertThat(texts(read(bytes.toByteArray()))).isEqualTo(expected);
    }

    @Test
    void linesAreHandedOnByTheClockOfTheLinesAndAtTheEnd() throws IOException {
        try (RecordingWriter writer = new RecordingWriter(bytes, HEADER, new Flush(10_000_000_000L))) {
            writer.sample(Snapshots.of(WEB).at(100).vcpu(0, 1).build());
            int after = bytes.size();
            writer.sample(Snapshots.of(WEB).at(101).vcpu(0, 2).build());
            assertThat(bytes.size()).isEqualTo(after);
            writer.sample(Snapshots.of(WEB).at(110).vcpu(0, 3).build());
            assertThat(bytes.size()).isGreaterThan(after);
            writer.sample(Snapshots.of(WEB).at(111).vcpu(0, 4).build());
        }
        assertThat(totals(read(bytes.toByteArray()))).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void aFileIsNotForEverybodyAndIsNotOverwritten() throws IOException {
        Path file = directory.resolve("a.jsonl");
        try (OutputStream out = RecordingFiles.create(file)) {
            out.write(1);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .startsWith("rw-")
                .endsWith("---");
        assertThatThrownBy(() -> RecordingFiles.create(file)).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.size(file)).isEqualTo(1);
    }

    @Test
    void damagedFilesAreReadWithoutAnException() throws IOException {
        RandomVm vm = new RandomVm("a", new Random(71));
        try (RecordingWriter writer = writer()) {
            writer.listed(List.of(WEB), WHEN);
            writer.failure(WEB, new Failure(Cause.GONE, "x"), WHEN);
            for (int i = 0; i < 20; i++) {
                writer.sample(vm.next());
            }
        }
        byte[] file = bytes.toByteArray();
        int opened = 0;
        for (int seed = 0; seed < 5000; seed++) {
            Random random = new Random(seed);
            byte[] damaged = file.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                int at = random.nextInt(damaged.length);
                damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : damaged[random.nextInt(damaged.length)];
            }
            Opening opening = RecordingReader.of(new ByteArrayInputStream(damaged), "it");
            if (opening instanceof Opening.Opened good) {
                opened++;
                List<Recorded> read = new ArrayList<>();
                good.reader().forEachRemaining(read::add);
                assertThat(read.size()).isLessThanOrEqualTo(30);
            }
        }
        assertThat(opened).isGreaterThan(3000);
    }

    @Test
    void theExampleOfTheDocumentIsARecording() throws IOException {
        String document = Files.readString(Path.of("docs/RECORDING.md"));
        int begin = document.indexOf("```json\n") + 8;
        String example = document.substring(begin, document.indexOf("```", begin));
        List<Recorded> read = read(example.getBytes(UTF_8));
        assertThat(read).hasSize(6).noneMatch(each -> each instanceof Recorded.Refused || each instanceof Recorded.Cut);
        assertThat(totals(read)).containsExactly(902_211L, 902_840L);
    }
}
