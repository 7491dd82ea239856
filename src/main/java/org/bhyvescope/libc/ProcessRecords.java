package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An array of {@code struct kinfo_proc} as the kernel wrote it. A kernel with another structure would give numbers that look
 * right and are not, so {@link #problem} is to be asked first.
 */
final class ProcessRecords {
    /** sys/sys/proc.h: SZOMB. */
    private static final int ZOMBIE = 5;

    private static final long MICROS = 1_000_000;

    private final ByteBuffer bytes;
    private final int count;

    /** @param bytes from 0 to its limit */
    ProcessRecords(ByteBuffer bytes) {
        this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
        this.count = bytes.limit() / KinfoProcLayout.SIZE;
    }

    /** Why it is not what is decoded here; empty if it is. */
    Optional<String> problem() {
        if (bytes.limit() % KinfoProcLayout.SIZE != 0) {
            return Optional.of(bytes.limit() + " bytes are no number of struct kinfo_proc of " + KinfoProcLayout.SIZE);
        }
        return IntStream.range(0, count)
                .map(i -> bytes.getInt(at(i, KinfoProcLayout.STRUCT_SIZE)))
                .filter(size -> size != KinfoProcLayout.SIZE)
                .mapToObj(size -> "struct kinfo_proc of " + size + " bytes instead of " + KinfoProcLayout.SIZE)
                .findFirst();
    }

    /** Why it is not of this process alone; empty if it is, or if there is nothing. */
    Optional<String> problem(int pid) {
        return problem()
                .or(() -> IntStream.range(0, count)
                        .map(i -> bytes.getInt(at(i, KinfoProcLayout.PID)))
                        .filter(other -> other != pid)
                        .mapToObj(other -> "struct kinfo_proc of process " + other + " instead of " + pid)
                        .findFirst());
    }

    Stream<ProcessRecord> all() {
        return IntStream.range(0, count).mapToObj(this::record);
    }

    /** Those with this name of the executable; no other is decoded. */
    Stream<ProcessRecord> ofCommand(String command) {
        byte[] wanted = Arrays.copyOf(command.getBytes(UTF_8), command.length() + 1);
        return IntStream.range(0, count)
                .filter(i -> startsWith(at(i, KinfoProcLayout.COMMAND), wanted))
                .mapToObj(this::record);
    }

    private boolean startsWith(int at, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (bytes.get(at + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    private static int at(int index, int offset) {
        return index * KinfoProcLayout.SIZE + offset;
    }

    private ProcessRecord record(int i) {
        return new ProcessRecord(
                bytes.getInt(at(i, KinfoProcLayout.PID)),
                bytes.getInt(at(i, KinfoProcLayout.PARENT)),
                bytes.getInt(at(i, KinfoProcLayout.REAL_UID)),
                bytes.getInt(at(i, KinfoProcLayout.JAIL)),
                text(at(i, KinfoProcLayout.COMMAND), KinfoProcLayout.COMMAND_SIZE),
                bytes.get(at(i, KinfoProcLayout.STATE)) == ZOMBIE,
                micros(at(i, KinfoProcLayout.START)),
                bytes.getLong(at(i, KinfoProcLayout.RESIDENT_PAGES)),
                micros(at(i, KinfoProcLayout.USER_TIME)),
                micros(at(i, KinfoProcLayout.SYSTEM_TIME)),
                bytes.getInt(at(i, KinfoProcLayout.THREAD)),
                text(at(i, KinfoProcLayout.THREAD_NAME), KinfoProcLayout.THREAD_NAME_SIZE)
                        + text(at(i, KinfoProcLayout.MORE_THREAD_NAME), KinfoProcLayout.MORE_THREAD_NAME_SIZE),
                text(at(i, KinfoProcLayout.WAIT_MESSAGE), KinfoProcLayout.WAIT_MESSAGE_SIZE));
    }

    private long micros(int at) {
        return bytes.getLong(at) * MICROS + bytes.getLong(at + Long.BYTES);
    }

    private String text(int at, int size) {
        byte[] field = new byte[size];
        bytes.get(at, field);
        int length = 0;
        while (length < size && field[length] != 0) {
            length++;
        }
        return new String(field, 0, length, UTF_8);
    }
}
