package org.bhyvescope.hypervisor.vmmdev;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.libc.VmmDevice;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Worker;

/** What a reader does: takes requests and answers them, one after the other, until there are no more. */
final class RequestLoop {
    private final VmmdevHypervisor statistics;
    private final StateReader states;
    private final AnswerWriter writer;

    RequestLoop(VmDirectory directory, VmmdevHypervisor statistics, String arch, LongSupplier nanoClock) {
        this.statistics = statistics;
        this.states = new StateReader(directory, arch);
        this.writer = new AnswerWriter(nanoClock);
    }

    /** @throws IOException if what it is asked is no request, or nobody takes the answers */
    void run(InputStream requests, OutputStream answers) throws IOException, InterruptedException {
        DataInputStream in = new DataInputStream(requests);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        while (true) {
            byte[] request;
            try {
                int length = in.readInt();
                if (length < 0 || length > Worker.MAX_REQUEST_BYTES) {
                    throw new IOException("a request of " + length + " bytes");
                }
                request = new byte[length];
                in.readFully(request);
            } catch (EOFException e) {
                return; // who asked has gone
            }
            byte[] answer = answer(ReaderRequest.decode(request));
            frame.reset();
            frame.write(ByteBuffer.allocate(Integer.BYTES).putInt(answer.length).array());
            frame.write(answer);
            frame.writeTo(answers);
            answers.flush();
        }
    }

    private byte[] answer(ReaderRequest request) throws InterruptedException {
        long before = calls(request);
        try {
            Optional<String> problem = VmmDevice.problem();
            if (problem.isPresent()) {
                return writer.failure(new Failure(Cause.NOT_STARTED, problem.get()), 0);
            }
            if (request instanceof ReaderRequest.State state) {
                RawReading reading = states.read(state);
                return writer.state(reading, calls(request) - before);
            }
            return statistics((ReaderRequest.Statistics) request, before);
        } catch (RuntimeException | LinkageError e) {
            String where = e.getStackTrace().length == 0 ? "" : " at " + e.getStackTrace()[0];
            return writer.failure(
                    new Failure(Cause.INTERNAL, "internal error of the reader: " + e + where), calls(request) - before);
        }
    }

    private byte[] statistics(ReaderRequest.Statistics request, long before) throws InterruptedException {
        if (request.relist()) {
            statistics.vms();
        }
        return writer.statistics(
                statistics.read(request.vm(), Allowance.of(Duration.ofNanos(request.nanos()))),
                calls(request) - before);
    }

    private long calls(ReaderRequest request) {
        return request instanceof ReaderRequest.State ? states.lockingCalls() : statistics.vcpuReads();
    }
}
