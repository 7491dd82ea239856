package org.bhyvescope.capture;

/**
 * A trigger that fired.
 *
 * @param vm the VM's name
 * @param text what was seen, for a person
 * @param routine whether it happens in everyday life (a guest that was rebooted or powered off): such evidence makes room first
 * @param wallMillis when, ms since 1970
 */
record Fired(Trigger trigger, String vm, String text, boolean routine, long wallMillis) {}
