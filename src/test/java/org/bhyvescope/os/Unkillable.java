package org.bhyvescope.os;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A process of the JDK's type that outlives SIGKILL, as one that sleeps in the kernel does: no test can make a real one. */
final class Unkillable extends Process {
    volatile boolean gone;
    int kills;

    @Override
    public OutputStream getOutputStream() {
        return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
        return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
        return InputStream.nullInputStream();
    }

    @Override
    public int waitFor() {
        throw new AssertionError("would wait for ever");
    }

    @Override
    public boolean waitFor(long timeout, TimeUnit unit) {
        return gone;
    }

    @Override
    public int exitValue() {
        if (gone) {
            return 137;
        }
        throw new IllegalThreadStateException("still there");
    }

    @Override
    public void destroy() {
        kills++;
    }

    @Override
    public Process destroyForcibly() {
        kills++;
        return this;
    }

    @Override
    public boolean isAlive() {
        return !gone;
    }

    @Override
    public Stream<ProcessHandle> descendants() {
        return Stream.empty();
    }
}
