package org.bhyvescope.cli;

import java.nio.file.Path;
import java.time.InstantSource;
import org.bhyvescope.capture.CaptureAbout;
import org.bhyvescope.capture.CaptureListener;
import org.bhyvescope.capture.CaptureStore;
import org.bhyvescope.capture.FlightRecorder;

/** Puts the flight recorder together. */
final class Captures {
    private Captures() {}

    /** The folder of the captures in a state directory. */
    static Path folder(Path stateDir) {
        return stateDir.resolve("captures");
    }

    static CaptureStore store(AgentConfig config) {
        return new CaptureStore(
                folder(config.stateDir()),
                config.captures().maxBytes(),
                config.captures().keep(),
                ProcessHandle.current().pid());
    }

    static FlightRecorder recorder(Sampling sampling, AgentConfig config, String version, CaptureListener listener) {
        return new FlightRecorder(
                new FlightRecorder.Sources(
                        sampling.ledger()::board,
                        sampling.states(),
                        sampling.lastStates(),
                        sampling.history(),
                        sampling.tools(),
                        config.gate(),
                        sampling.children()),
                new CaptureAbout(
                        version,
                        sampling.sources().hypervisor()::name,
                        sampling.host(),
                        config.captures().hostAddresses()),
                store(config),
                listener,
                InstantSource.system(),
                Sampling.NANO_CLOCK);
    }
}
