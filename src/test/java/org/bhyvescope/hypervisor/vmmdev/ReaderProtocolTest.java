package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.StatTable;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.libc.FakeVmm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What crosses the pipe, there and back. */
class ReaderProtocolTest {
    private static final VmId VM =
            new VmId("a\tb\nc größe \ud83d\ude00", -7, Instant.ofEpochSecond(1_764_000_000, 999_999_999));
    private static final long READER_NOW = -5_000_000_000L;
    private static final long AGENT_NOW = Long.MAX_VALUE - 3;

    private final AnswerWriter writer = new AnswerWriter(() -> READER_NOW);
    private final AnswerReader reader = new AnswerReader(table -> table);

    private static Snapshot snapshot(StatTable table, int... vcpus) {
        List<Snapshot.Row> rows = Arrays.stream(vcpus)
                .mapToObj(vcpu -> new Snapshot.Row(
                        READER_NOW - 1000 + vcpu,
                        Arrays.stream(new long[table.size()])
                                .map(v -> -1 - vcpu)
                                .toArray()))
                .toList();
        return new Snapshot(
                VM,
                77,
                READER_NOW - 10,
                CpuSet.of(vcpus),
                CpuSet.of(1),
                vcpus.length == 0 ? Optional.empty() : Optional.of(new Topology(1, 2, 3, 4)),
                table,
                rows);
    }

    private static RawState state() {
        return new RawState(
                14,
                true,
                new long[] {1, -1, Long.MIN_VALUE},
                new int[] {1, 0, -1},
                List.of(new long[] {1, 2, 3, 4, 5, 6}, new long[] {-1, -2, -3, -4, -5, -6}),
                List.of(new RawState.Segment(3, -1, "größe")),
                OptionalLong.of(-3),
                CpuSet.of(0, 4095),
                CpuSet.NONE,
                Optional.of(new Topology(1, 2, 3, 65535)));
    }

    @Test
    void requestsArriveAsTheyWereAsked() throws Exception {
        ReaderRequest.Statistics statistics = new ReaderRequest.Statistics(VM, true, 123_456_789_012L);
        assertThat(ReaderRequest.decode(statistics.encode())).isEqualTo(statistics);

        ReaderRequest.State state = new ReaderRequest.State(VM, 4095, new int[] {1, 0x8008_0070}, new int[0], 11);
        assertThat(ReaderRequest.decode(state.encode()))
                .usingRecursiveComparison()
                .isEqualTo(state);
    }

    @Test
    void aSnapshotArrivesWithMomentsByTheAgentsClock() throws Exception {
        StatTable table = new StatTable(List.of("vcpu total runtime", "größe", "%cr"));

        AnswerReader.Read<Reading> read =
                reader.statistics(writer.statistics(snapshot(table, 0, 3), 2), VM, 4711, AGENT_NOW);

        Snapshot arrived = (Snapshot) read.value();
        assertThat(read.calls()).isEqualTo(2);
        assertThat(arrived.vm()).isEqualTo(VM);
        assertThat(arrived.wallMillis()).isEqualTo(4711);
        assertThat(arrived.endNanos()).isEqualTo(AGENT_NOW - 10);
        assertThat(arrived.nanos(0)).isEqualTo(AGENT_NOW - 1000);
        assertThat(arrived.nanos(1)).isEqualTo(AGENT_NOW - 997);
        assertThat(arrived.active()).isEqualTo(CpuSet.of(0, 3));
        assertThat(arrived.suspended()).isEqualTo(CpuSet.of(1));
        assertThat(arrived.topology()).contains(new Topology(1, 2, 3, 4));
        assertThat(arrived.table()).isEqualTo(table);
        assertThat(arrived.value(1, 2)).isEqualTo(-4);
    }

    @Test
    void descriptionsAreSentOnceUntilTheyChange() throws Exception {
        StatTable table = new StatTable(List.of("one", "two"));
        byte[] first = writer.statistics(snapshot(table, 0), 1);
        byte[] second = writer.statistics(snapshot(new StatTable(List.of("one", "two")), 0), 1);
        byte[] third = writer.statistics(snapshot(new StatTable(List.of("two", "one")), 0), 1);
        StatTable known = ((Snapshot) reader.statistics(first, VM, 0, 0).value()).table();

        assertThat(second).hasSizeLessThan(first.length - 6);
        assertThat(((Snapshot) reader.statistics(second, VM, 0, 0).value()).table())
                .isSameAs(known);
        assertThat(((Snapshot) reader.statistics(third, VM, 0, 0).value()).table())
                .isEqualTo(new StatTable(List.of("two", "one")));
        assertThat(((Snapshot) reader.statistics(writer.statistics(snapshot(table), 0), VM, 0, 0)
                                .value())
                        .rows())
                .isZero();
    }

    @Test
    void aStateArrivesAsItWasRead() throws Exception {
        AnswerReader.Read<RawReading> read = AnswerReader.state(writer.state(new RawReading.Whole(state()), 12));

        assertThat(read.calls()).isEqualTo(12);
        assertThat(((RawReading.Whole) read.value()).state())
                .usingRecursiveComparison()
                .isEqualTo(state());
    }

    @Test
    void failuresArriveWithTheirCauseAndDetail() throws Exception {
        for (Cause cause : Cause.values()) {
            Failure failure = new Failure(cause, "what happened, größe");

            assertThat(reader.statistics(writer.statistics(failure, 3), VM, 0, 0))
                    .isEqualTo(new AnswerReader.Read<Reading>(3, failure));
            assertThat(AnswerReader.state(writer.state(new RawReading.Not(failure), 4)))
                    .isEqualTo(new AnswerReader.Read<RawReading>(4, new RawReading.Not(failure)));
        }
        Failure endless = new Failure(Cause.INTERNAL, "x".repeat(100_000));
        assertThat(reader.statistics(writer.statistics(endless, 0), VM, 0, 0).value())
                .isEqualTo(new Failure(Cause.INTERNAL, "x".repeat(1000)));
    }

    @Test
    void anAnswerOfTheOtherKindIsNone() {
        byte[] state = writer.state(new RawReading.Whole(state()), 1);
        byte[] snapshot = writer.statistics(snapshot(new StatTable(List.of("one")), 0), 1);

        assertThatExceptionOfType(IOException.class).isThrownBy(() -> reader.statistics(state, VM, 0, 0));
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> AnswerReader.state(snapshot));
    }

    @Test
    void damagedAnswersAndRequestsAreIoExceptionsOrAnswers() throws Exception {
        Random random = new Random(4711);
        byte[] snapshot = writer.statistics(snapshot(new StatTable(List.of("one", "two", "three")), 0, 1, 2), 3);
        byte[] state = writer.state(new RawReading.Whole(state()), 1);
        byte[] request = new ReaderRequest.State(VM, 1, new int[] {1, 2}, new int[] {3}, 11).encode();
        int refused = 0;
        for (int i = 0; i < 30_000; i++) {
            try {
                switch (i % 3) {
                    case 0 -> new AnswerReader(t -> t).statistics(damaged(snapshot, random), VM, 0, 0);
                    case 1 -> AnswerReader.state(damaged(state, random));
                    default -> ReaderRequest.decode(damaged(request, random));
                }
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(5_000, 29_000);
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] bytes = random.nextInt(4) == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length + 9)) : whole.clone();
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    // ---- the loop

    private static RequestLoop loop() {
        FakeVmm.fresh("vm web0 1");
        VmDirectory directory = new VmDirectory(Path.of("/nonexistent"), name -> true);
        return new RequestLoop(
                directory,
                new VmmdevHypervisor(directory, InstantSource.system(), System::nanoTime),
                "amd64",
                System::nanoTime);
    }

    @Test
    void theLoopAnswersUntilItsInputEnds() throws Exception {
        byte[] request = new ReaderRequest.Statistics(VM, true, 1_000_000_000).encode();
        ByteBuffer three = ByteBuffer.allocate(3 * (4 + request.length) - 1);
        three.putInt(request.length).put(request).putInt(request.length).put(request);
        three.putInt(request.length).put(request, 0, request.length - 1);
        ByteArrayOutputStream answers = new ByteArrayOutputStream();

        loop().run(new ByteArrayInputStream(three.array()), answers);

        ByteBuffer read = ByteBuffer.wrap(answers.toByteArray());
        for (int i = 0; i < 2; i++) {
            byte[] answer = new byte[read.getInt()];
            read.get(answer);
            assertThat(reader.statistics(answer, VM, 0, 0).value())
                    .isInstanceOfSatisfying(
                            Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.GONE));
        }
        assertThat(read.hasRemaining()).as("half a request is none").isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 4093, Integer.MAX_VALUE})
    void aLengthThatNoRequestHasEndsTheLoop(int length) {
        byte[] bytes = ByteBuffer.allocate(100).putInt(length).array();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> loop().run(new ByteArrayInputStream(bytes), new ByteArrayOutputStream()))
                .withMessage("a request of " + length + " bytes");
    }
}
