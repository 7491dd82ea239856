package org.bhyvescope.capture;

/** Told of captures, for the agent's own metrics. Must not throw or wait. */
public interface CaptureListener {
    /** One was written. */
    void captured(Trigger trigger);

    /** A trigger fired too soon after another: nothing was kept. */
    void suppressed(Trigger trigger);

    /** One could not be written. */
    void failed();
}
