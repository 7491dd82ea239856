package org.bhyvescope.host;

import java.util.List;

/** The outcome of looking for passthrough devices. */
public sealed interface DeviceListing {
    /** The devices that ppt owns, by unit. */
    record Listed(List<PptDevice> devices) implements DeviceListing {}

    /** They cannot be listed. */
    record Failed(String detail) implements DeviceListing {}
}
