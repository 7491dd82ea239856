package org.bhyvescope.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.bhyvescope.host.BhyveArguments;
import org.bhyvescope.host.BhyveProcess;
import org.bhyvescope.host.DeviceListing;
import org.bhyvescope.host.HostSources;
import org.bhyvescope.host.InterruptReading;
import org.bhyvescope.host.Iommu;
import org.bhyvescope.host.PptDevice;
import org.bhyvescope.host.ProcessExits.ProcessExit;
import org.bhyvescope.host.ProcessListing;
import org.bhyvescope.os.Children;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The simulated host as the agent sees it: by the readers of a real one. */
@Timeout(60)
class DemoHostTest {
    private static final Path PROGRAM = Path.of("src/demo");
    private static final long SECOND = 1_000_000_000L;

    private static Map<String, BhyveProcess> processes(HostSources sources) throws InterruptedException {
        ProcessListing listing = sources.processes().list();
        assertThat(listing).isInstanceOf(ProcessListing.Listed.class);
        ProcessListing.Listed listed = (ProcessListing.Listed) listing;
        assertThat(listed.complete()).isTrue();
        return listed.processes().stream().collect(Collectors.toMap(BhyveProcess::vm, Function.identity()));
    }

    @Test
    void itsFactsAreThoseOfItsSysctls() throws Exception {
        try (DemoHost host = DemoHost.of(PROGRAM, System.currentTimeMillis());
                Children children = new Children(System::nanoTime)) {
            Simulated simulated = host.simulated();

            assertThat(simulated.facts().tscHz()).hasValue(3_000_000_000L);
            assertThat(simulated.facts().hz()).hasValue(1000);
            assertThat(simulated.facts().releaseName()).contains("14.3");
            assertThat(simulated.facts().machine().pptDevices()).hasValue(3);
            assertThat(simulated.sources().apply(children).iommu().get().verdict())
                    .isEqualTo(Iommu.Verdict.IN_USE);
        }
    }

    @Test
    void itsProcessesDevicesAndInterruptsAreReadAsThoseOfARealHost() throws Exception {
        // All of them have just started, so their arguments can be seen.
        try (DemoHost host = DemoHost.of(PROGRAM, System.currentTimeMillis());
                Children children = new Children(System::nanoTime)) {
            HostSources sources = host.simulated().sources().apply(children);

            Map<String, BhyveProcess> processes = processes(sources);

            assertThat(processes.keySet())
                    .containsExactlyInAnyOrder(
                            "win-gpu", "linux-idle", "bsd-reboot", "flaky", "frozen", "roulette", "triple");
            assertThat(passthrough(of(processes, "win-gpu"))).containsExactly("pci0:3:0:0", "pci0:3:0:1");
            assertThat(passthrough(of(processes, "linux-idle"))).containsExactly("pci0:4:0:0");
            assertThat(of(processes, "win-gpu").vcpus()).hasSize(8);
            assertThat(of(processes, "flaky").vcpus())
                    .extracting(BhyveProcess.VcpuThread::waitChannel)
                    .containsExactly("vmidle");
            assertThat(sources.devices().list())
                    .isInstanceOfSatisfying(
                            DeviceListing.Listed.class,
                            listed -> assertThat(listed.devices())
                                    .extracting(PptDevice::name)
                                    .containsExactly("ppt0", "ppt1", "ppt2"));
            assertThat(sources.interrupts().read())
                    .isInstanceOfSatisfying(
                            InterruptReading.Counted.class,
                            counted -> assertThat(counted.sources())
                                    .extracting(InterruptReading.Source::handlers)
                                    .contains("ppt0", "ppt1", "ppt2"));
        }
    }

    private static BhyveProcess of(Map<String, BhyveProcess> processes, String vm) {
        return Objects.requireNonNull(processes.get(vm), vm);
    }

    private static List<String> passthrough(BhyveProcess process) {
        return BhyveArguments.parse(process.arguments(), path -> Optional.empty())
                .passthrough();
    }

    @Test
    void theEndOfAWatchedProcessIsLearnt() throws Exception {
        // 4 s before the first of roulette's ends.
        try (DemoHost host = DemoHost.of(PROGRAM, System.currentTimeMillis() - 21_000);
                Children children = new Children(System::nanoTime)) {
            HostSources sources = host.simulated().sources().apply(children);
            BhyveProcess roulette = of(processes(sources), "roulette");
            sources.exits().watch(roulette.id());

            assertThat(sources.exits().await(30 * SECOND))
                    .containsExactly(new ProcessExit(roulette.id(), OptionalInt.of(0)));

            assertThat(processes(sources)).doesNotContainKey("roulette").containsKey("frozen");
            sources.exits().close();
        }
    }

    @Test
    void aLookAlikeThatIsMissingIsNamed(@TempDir Path empty) throws Exception {
        Files.writeString(empty.resolve("bhyvectl"), "");

        assertThatThrownBy(() -> DemoHost.of(empty, 0))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("model.awk");
    }
}
