package org.bhyvescope.host;

import java.util.List;
import java.util.Map;

public final class PptInterrupts {
    public Map<String, DeviceInterrupts> accept(InterruptReading.Counted reading, List<PptDevice> devices) {
        return Map.of();
    }
}
