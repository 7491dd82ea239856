package org.bhyvescope.dump;

/**
 * An MSR that the guest may touch without an exit.
 *
 * @param name {@code MSR_LSTAR}, or {@code MSR 0x000277}
 * @param read whether reading goes through
 * @param write whether writing goes through
 */
public record MsrAccess(String name, boolean read, boolean write) {}
