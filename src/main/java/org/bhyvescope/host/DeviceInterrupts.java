package org.bhyvescope.host;

import java.util.OptionalDouble;

/**
 * What a passthrough device interrupts the host.
 *
 * @param device {@code ppt0}
 * @param total interrupts that were seen since it is watched; never decreases
 * @param rate per second over the last two readings; empty where there were not two, or its vectors are all new
 * @param peak highest such rate in the trailing 60 s; empty where there was none
 * @param vectors interrupt sources it has now: none until the guest enables one
 * @param shared whether others have a part in one of them, so that not all of these interrupts need be its own
 */
public record DeviceInterrupts(
        String device, double total, OptionalDouble rate, OptionalDouble peak, int vectors, boolean shared) {}
