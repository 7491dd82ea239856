package org.bhyvescope.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.bhyvescope.libc.Kqueue;
import org.bhyvescope.libc.ProcessAnswer.Got;
import org.bhyvescope.libc.ProcessRecord;
import org.bhyvescope.libc.ProcessSysctls;

/**
 * Ends of processes as kqueue(2) tells of them. It watches numbers, so each is looked at before and after it is registered: one whose
 * start is another has been given to another process.
 */
final class KernelExits implements ProcessExits {
    private final Kqueue queue;
    private final ProcessSysctls sysctls;
    private final OwnProcess own;
    private final Map<Integer, BhyveProcess.Id> watched = new HashMap<>();
    private final List<ProcessExit> ready = new ArrayList<>();

    /** @param sysctls its own: those of the list are used by another thread */
    KernelExits(Kqueue queue, ProcessSysctls sysctls, OwnProcess own) {
        this.queue = queue;
        this.sysctls = sysctls;
        this.own = own;
    }

    @Override
    public void watch(BhyveProcess.Id process) {
        int pid = process.pid();
        if (process.equals(watched.get(pid))) {
            return;
        }
        if (watched.containsKey(pid)) {
            // The one before has ended, or it would have its number still: a new watch would be lost in its place.
            queue.poll().forEach(this::ended);
            BhyveProcess.Id before = watched.remove(pid);
            if (before != null) {
                queue.forget(pid);
                unseen(before);
            }
        }
        if (isAnother(process) || queue.watch(pid) != 0) {
            unseen(process);
        } else if (isAnother(process)) {
            queue.forget(pid);
            unseen(process);
        } else {
            watched.put(pid, process);
        }
    }

    /** One that has gone since it was registered is no other, and one of which nothing can be told is not taken for another. */
    private boolean isAnother(BhyveProcess.Id process) {
        return sysctls.process(process.pid()) instanceof Got<ProcessRecord> now
                && !Identities.isNear(
                        now.value().startMicros() - own.now(sysctls).shiftMicros(), process.startMicros());
    }

    private void unseen(BhyveProcess.Id process) {
        ready.add(new ProcessExit(process, OptionalInt.empty()));
    }

    private void ended(Kqueue.Exit exit) {
        BhyveProcess.Id process = watched.remove(exit.pid());
        if (process != null) {
            ready.add(new ProcessExit(process, OptionalInt.of(exit.waitStatus())));
        }
    }

    @Override
    public List<ProcessExit> await(long nanos) throws InterruptedException {
        queue.await(ready.isEmpty() ? nanos : 0).forEach(this::ended);
        List<ProcessExit> told = List.copyOf(ready);
        ready.clear();
        return told;
    }

    @Override
    public boolean learnsStatus() {
        return true;
    }

    @Override
    public void close() {
        queue.close();
    }
}
