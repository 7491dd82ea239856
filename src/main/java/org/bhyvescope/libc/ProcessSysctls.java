package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code kern.proc} by sysctl(3), and of it only {@link ProcessRequest}. Never writes, never blocks. Used by one thread.
 * The memory for answers is kept, and grows with the number of processes.
 */
public final class ProcessSysctls {
    /** Name, its four numbers; the length of the answer. */
    private static final int NAME_AT = 0;

    private static final int NAME_LENGTH = 4;
    private static final int LENGTH_AT = 16;
    private static final int HEAD_SIZE = 24;

    /** For the threads of a large VM, and any argument vector that is kept in the kernel. */
    private static final int FIRST_SIZE = 64 * KinfoProcLayout.SIZE;

    /** More processes than a host has. */
    private static final long MAX_SIZE = 64L << 20;

    private static final int MAX_TRIES = 8;

    private final Memory head = new Memory(HEAD_SIZE);
    private Memory answer = new Memory(FIRST_SIZE);

    /** The processes of all users and jails that can be seen and whose executable has this name. */
    public ProcessAnswer<List<ProcessRecord>> ofCommand(String command) {
        return read(ProcessRequest.PROCESSES, 0, bytes -> {
            ProcessRecords records = new ProcessRecords(bytes);
            return problem(records.problem(), records.ofCommand(command).toList());
        });
    }

    /** One process. */
    public ProcessAnswer<ProcessRecord> process(int pid) {
        return read(ProcessRequest.PROCESS, pid, bytes -> first(records(pid, bytes)));
    }

    /** The threads of one process. */
    public ProcessAnswer<List<ProcessRecord>> threads(int pid) {
        return read(ProcessRequest.THREADS, pid, bytes -> records(pid, bytes));
    }

    /** The argument vector of one process, in UTF-8; a title is a single one. Empty if the kernel does not keep it. */
    public ProcessAnswer<List<String>> arguments(int pid) {
        return read(ProcessRequest.ARGUMENTS, pid, bytes -> new ProcessAnswer.Got<>(strings(bytes)));
    }

    private static ProcessAnswer<List<ProcessRecord>> records(int pid, ByteBuffer bytes) {
        ProcessRecords records = new ProcessRecords(bytes);
        return problem(records.problem(pid), records.all().toList());
    }

    private static <T> ProcessAnswer<T> problem(Optional<String> problem, T value) {
        return problem.isPresent() ? new ProcessAnswer.Failed<>(problem.get()) : new ProcessAnswer.Got<>(value);
    }

    /** 12 and later answer for a process that goes just now with nothing at all. */
    private static ProcessAnswer<ProcessRecord> first(ProcessAnswer<List<ProcessRecord>> records) {
        return records instanceof ProcessAnswer.Got<List<ProcessRecord>> got
                        && got.value().isEmpty()
                ? new ProcessAnswer.Gone<>()
                : records.map(list -> list.get(0));
    }

    private static List<String> strings(ByteBuffer bytes) {
        List<String> all = new ArrayList<>();
        byte[] text = new byte[bytes.limit()];
        bytes.get(text);
        int start = 0;
        for (int i = 0; i < text.length; i++) {
            if (text[i] == 0) {
                all.add(new String(text, start, i - start, UTF_8));
                start = i + 1;
            }
        }
        if (start < text.length) {
            all.add(new String(text, start, text.length - start, UTF_8));
        }
        return List.copyOf(all);
    }

    /** Makes something of an answer. */
    private interface Decoder<T> {
        ProcessAnswer<T> decode(ByteBuffer bytes);
    }

    private <T> ProcessAnswer<T> read(ProcessRequest request, int pid, Decoder<T> decoder) {
        try {
            Libc.load();
            int[] name = request.name(pid);
            head.write(NAME_AT, name, 0, name.length);
            int errno = fill();
            if (errno == 0) {
                // A copy-free view: the decoder is done with it before the memory is used again.
                return decoder.decode(answer.getByteBuffer(0, head.getLong(LENGTH_AT)));
            }
            return errno == Errno.ESRCH.number()
                    ? new ProcessAnswer.Gone<>()
                    : new ProcessAnswer.Failed<>("sysctl kern.proc: " + Errno.text(errno));
        } catch (LinkageError e) {
            return new ProcessAnswer.Failed<>("the C library cannot be called: " + e.getMessage());
        }
    }

    /** The answer into {@link #answer}, which grows until it fits; 0 or errno. */
    private int fill() {
        int errno = 0;
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            errno = call(Pointer.nativeValue(answer), answer.size());
            if (errno != Errno.ENOMEM.number()) {
                return errno;
            }
            long size = answer.size();
            errno = call(0, 0);
            if (errno != 0) {
                return errno;
            }
            // Processes may start meanwhile, and a kernel that asks for less than it needs is not to be believed for
            // ever.
            size = Math.max(head.getLong(LENGTH_AT), size) * 5 / 4;
            if (size > MAX_SIZE) {
                return Errno.ENOMEM.number();
            }
            answer.close();
            answer = new Memory(size);
            errno = Errno.ENOMEM.number();
        }
        return errno;
    }

    private int call(long buffer, long size) {
        head.setLong(LENGTH_AT, size);
        long address = Pointer.nativeValue(head);
        int result = Libc.sysctl(address + NAME_AT, NAME_LENGTH, buffer, address + LENGTH_AT, 0, 0);
        if (result != 0) {
            return Native.getLastError();
        }
        long length = head.getLong(LENGTH_AT);
        return length >= 0 && (buffer == 0 || length <= size) ? 0 : Errno.EINVAL.number();
    }
}
