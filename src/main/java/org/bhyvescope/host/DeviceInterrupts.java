package org.bhyvescope.host;

import java.util.OptionalDouble;

/**
 * The host interrupts of one passthrough device.
 *
 * @param device {@code ppt0}
 * @param total since they are watched
 * @param rate interrupts a second between the two newest readings; empty where that is not known
 * @param peak the highest rate of the trailing minute
 * @param vectors interrupt sources that it has now: none before the guest's driver has enabled any
 * @param shared whether another driver has a part in one of them
 */
public record DeviceInterrupts(
        String device, double total, OptionalDouble rate, double peak, int vectors, boolean shared) {}
