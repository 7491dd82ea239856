package org.bhyvescope.host;

/** Where the list of passthrough devices comes from. Used by one thread. */
public interface DeviceTable {
    /** Looks for them: rarely, they are the host's configuration. */
    DeviceListing list() throws InterruptedException;
}
