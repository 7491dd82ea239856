package org.bhyvescope.dump;

/** Recognises the lines of one kind and keeps what they say. */
interface LineKind {
    /** Takes the line if it is of this kind; if not, nothing has changed. */
    boolean accept(Line line);

    /** A line of another kind was recognised, or the text ended: what was open is closed. */
    default void closed() {}
}
