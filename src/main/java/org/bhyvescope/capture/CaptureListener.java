package org.bhyvescope.capture;

/** Told of captures, for the agent's own metrics. Must not throw or wait. */
public interface CaptureListener {
    /** Nobody is told. */
    CaptureListener NOBODY = new CaptureListener() {
        @Override
        public void captured(Trigger trigger) {}

        @Override
        public void suppressed(Trigger trigger) {}

        @Override
        public void failed() {}
    };

    /** One was written. */
    void captured(Trigger trigger);

    /** A trigger fired too soon after another: nothing was kept. */
    void suppressed(Trigger trigger);

    /** One could not be written. */
    void failed();
}
