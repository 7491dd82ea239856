package org.bhyvescope.hypervisor.vmmdev;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import org.bhyvescope.hypervisor.VmId;

/** What a reader is asked for, in the binary form in which it crosses the pipe. */
sealed interface ReaderRequest {
    /** Registers in one request, at most; {@link org.bhyvescope.libc.VmmDevice#MAX_REGISTERS}. */
    int MAX_NUMBERS = 64;

    /**
     * A VM's sets, statistics and topology.
     *
     * @param relist whether a VM has gone since the reader was asked last, so that it has devices to close
     * @param nanos how long it may take
     */
    record Statistics(VmId vm, boolean relist, long nanos) implements ReaderRequest {}

    /**
     * The state of a vCPU.
     *
     * @param amd numbers of the registers to be read on an AMD host
     * @param intel likewise on an Intel host
     * @param capabilities how many capabilities, 0 for none
     */
    record State(VmId vm, int vcpu, int[] amd, int[] intel, int capabilities) implements ReaderRequest {}

    /** Which VM. */
    VmId vm();

    /** Its bytes. */
    default byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(vm().name());
            out.writeLong(vm().inode());
            Instant created = vm().created();
            out.writeLong(created.getEpochSecond());
            out.writeInt(created.getNano());
            if (this instanceof State state) {
                out.writeBoolean(true);
                out.writeInt(state.vcpu());
                write(out, state.amd());
                write(out, state.intel());
                out.writeInt(state.capabilities());
            } else if (this instanceof Statistics statistics) {
                out.writeBoolean(false);
                out.writeBoolean(statistics.relist());
                out.writeLong(statistics.nanos());
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory", e);
        }
        return bytes.toByteArray();
    }

    /**
     * The request of these bytes.
     *
     * @throws IOException if they are those of none
     */
    static ReaderRequest decode(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        VmId vm = new VmId(in.readUTF(), in.readLong(), Instant.ofEpochSecond(in.readLong(), in.readInt()));
        return in.readBoolean()
                ? new State(vm, in.readInt(), numbers(in), numbers(in), in.readInt())
                : new Statistics(vm, in.readBoolean(), in.readLong());
    }

    private static void write(DataOutputStream out, int[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (int number : numbers) {
            out.writeInt(number);
        }
    }

    private static int[] numbers(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MAX_NUMBERS) {
            throw new IOException(count + " numbers");
        }
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = in.readInt();
        }
        return numbers;
    }
}
