package org.bhyvescope.hypervisor.recording;

/** A line does not say what a line of a recording says. Does not leave this package. */
final class BadLineException extends Exception {
    private static final long serialVersionUID = 1;

    BadLineException(String message) {
        super(message);
    }
}
