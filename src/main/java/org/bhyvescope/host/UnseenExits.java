package org.bhyvescope.host;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Where the kernel tells nobody but the parent how a process ended: tells of nothing, ever. */
final class UnseenExits implements ProcessExits {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public void watch(BhyveProcess.Id process) {
        // That it has gone shows in the next list of processes.
    }

    @Override
    public List<ProcessExit> await(long nanos) throws InterruptedException {
        if (closed.await(nanos, TimeUnit.NANOSECONDS)) {
            throw new InterruptedException("closed");
        }
        return List.of();
    }

    @Override
    public boolean learnsStatus() {
        return false;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
