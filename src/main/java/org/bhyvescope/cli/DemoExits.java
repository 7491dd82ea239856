package org.bhyvescope.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.ProcessExits;

/** Tells how the simulated host's processes end, as the kernel of a real one does: only of those that are watched. */
final class DemoExits implements ProcessExits {
    /** In the queue: nothing comes any more. */
    private static final ProcessExit CLOSED = new ProcessExit(new BhyveProcess.Id(0, 0), OptionalInt.empty());

    private final IntPredicate alive;
    private final Map<Integer, BhyveProcess.Id> watched = new HashMap<>();
    private final BlockingQueue<ProcessExit> told = new LinkedBlockingQueue<>();

    /** @param alive whether there is a process with a pid: false before {@link #ended} is told of it */
    DemoExits(IntPredicate alive) {
        this.alive = alive;
    }

    @Override
    public synchronized void watch(BhyveProcess.Id process) {
        if (alive.test(process.pid())) {
            watched.put(process.pid(), process);
        } else {
            told.add(new ProcessExit(process, OptionalInt.empty()));
        }
    }

    /** A process has ended. */
    synchronized void ended(int pid, int waitStatus) {
        BhyveProcess.Id process = watched.remove(pid);
        if (process != null) {
            told.add(new ProcessExit(process, OptionalInt.of(waitStatus)));
        }
    }

    @Override
    public List<ProcessExit> await(long nanos) throws InterruptedException {
        ProcessExit first = told.poll(nanos, TimeUnit.NANOSECONDS);
        if (first == null) {
            return List.of();
        }
        List<ProcessExit> exits = new ArrayList<>(List.of(first));
        told.drainTo(exits);
        if (exits.contains(CLOSED)) {
            told.add(CLOSED);
            throw new InterruptedException("closed");
        }
        return exits;
    }

    @Override
    public boolean learnsStatus() {
        return true;
    }

    @Override
    public void close() {
        told.add(CLOSED);
    }
}
