package org.bhyvescope.web;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Who waits for a check of a password: a few of each address, so that who tries passwords in a loop cannot keep a scraper elsewhere from its
 * first check. An IPv6 network of 64 bits counts as one address, since one host may have them all.
 */
final class Waiting {
    private static final int MOST = 32;
    private static final int MOST_OF_ONE = 4;
    private static final int NETWORK_BYTES = 8;

    private final Map<ByteBuffer, Integer> byAddress = new HashMap<>();
    private int all;

    /** Whether there was room; {@link #leave} must follow then. */
    synchronized boolean enter(InetAddress address) {
        int own = byAddress.getOrDefault(key(address), 0);
        if (all >= MOST || own >= MOST_OF_ONE) {
            return false;
        }
        byAddress.put(key(address), own + 1);
        all++;
        return true;
    }

    synchronized void leave(InetAddress address) {
        byAddress.computeIfPresent(key(address), (k, own) -> own > 1 ? own - 1 : null);
        all--;
    }

    private static ByteBuffer key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return ByteBuffer.wrap(bytes, 0, Math.min(bytes.length, NETWORK_BYTES));
    }
}
