package org.bhyvescope.dump;

import java.util.OptionalLong;

/**
 * The {@code pending:} or {@code current:} line.
 *
 * @param type its kind; {@link Type#NONE} for {@code n/a}
 * @param vector interrupt or exception vector; 0 for none
 * @param errorCode the error code that goes with an exception
 */
public record QueuedEvent(Type type, int vector, OptionalLong errorCode) {
    /** Kinds, as bhyvectl names them: whatever is not one of the first three it calls an exception. */
    public enum Type {
        NONE,
        EXTINT,
        NMI,
        SWINT,
        EXCEPTION
    }
}
