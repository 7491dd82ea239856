package org.bhyvescope.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux tells about a process. CPU times come in ticks of 10 ms: sum over seconds, not over single requests. */
final class Proc {
    private static final double TICK_MILLIS = 10;

    private Proc() {}

    /** User and system time of the process itself, in ms. */
    static double cpuMillis(long pid) throws IOException {
        return ticks(pid, 13);
    }

    /** The same of its children that have ended. */
    static double childrenCpuMillis(long pid) throws IOException {
        return ticks(pid, 15);
    }

    /** Fields {@code index} and the next of /proc/PID/stat; the command (2nd field) may hold blanks. */
    private static double ticks(long pid, int index) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[index - 2]) + Long.parseLong(fields[index - 1])) * TICK_MILLIS;
    }

    /** Resident memory in MB (2^20 bytes): {@code VmRSS} now, {@code VmHWM} at its highest. */
    static double memory(long pid, String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith(field + ":")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        return Double.NaN;
    }
}
