package org.bhyvescope.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bhyvescope.cli.DemoVm.Run;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoVmTest {
    private static final long EPOCH = 1_795_621_200_000L;
    private static final long TWENTY_MINUTES = 1_200_000;

    private static DemoVm vm(String name) {
        return DemoVm.ALL.stream()
                .filter(vm -> vm.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Run> runs(DemoVm vm) {
        List<Run> runs = new ArrayList<>();
        for (long millis = 0; millis < TWENTY_MINUTES; millis += 100) {
            Optional<Run> run = vm.at(millis);
            if (run.isPresent() && (runs.isEmpty() || !runs.get(runs.size() - 1).equals(run.get()))) {
                runs.add(run.get());
            }
        }
        return runs;
    }

    @Test
    void rouletteEndsInEachWayInTurn() {
        assertThat(runs(vm("roulette"))).extracting(Run::waitStatus).startsWith(0, 256, 512, 768, 1024, 6, 139, 9, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "roulette, 24999, 0",
        "roulette, 25000, ",
        "roulette, 30000, 30000",
        "triple, 6499, 0",
        "triple, 6500, ",
        "triple, 54499, 48000",
        "triple, 56000, ",
        "triple, 600000, 600000",
        "bsd-reboot, 89999, 0",
        "bsd-reboot, 90000, 90000",
        "visitor, 59999, ",
        "visitor, 60000, 60000",
        "visitor, 105000, ",
        "visitor, 125000, 125000",
        "win-gpu, 100000000, 0",
        "win-gpu, -1, "
    })
    void runsBeginAndEndOnTime(String name, long millis, Long start) {
        assertThat(vm(name).at(millis).map(Run::startMillis)).isEqualTo(Optional.ofNullable(start));
    }

    @Test
    void noPidComesTwiceAndTheyGrow() {
        Map<Integer, Run> byPid = new HashMap<>();
        for (DemoVm vm : DemoVm.ALL) {
            List<Run> runs = runs(vm);
            assertThat(runs).extracting(Run::pid).isSorted();
            runs.forEach(run -> assertThat(byPid.put(run.pid(), run)).isNull());
        }
        assertThat(byPid).hasSizeGreaterThan(80);
    }

    @Test
    void aSecondIsEnoughToReadAllVcpusAtAnyTime() {
        int off = 1;
        for (long millis = 0; millis < TWENTY_MINUTES; millis += 100) {
            long now = millis;
            int vcpus = DemoVm.ALL.stream()
                    .filter(vm -> !vm.fresh() || vm.at(now).isPresent())
                    .mapToInt(DemoVm::vcpus)
                    .sum();
            assertThat(vcpus + off).as("at %d ms", millis).isLessThanOrEqualTo(16);
        }
    }

    @Test
    void theTitleTakesThePlaceOfTheArguments() {
        Run run = vm("win-gpu").at(0).orElseThrow();

        assertThat(run.file(EPOCH, 2999))
                .contains("title no\nargs bhyve -S ", " -s 5,passthru,3/0/0 ", " win-gpu\n")
                .contains("\nstart 1795621200.000\n");
        assertThat(run.file(EPOCH, 3000)).doesNotContain("title", "args");
    }

    @Test
    void aProcessTellsHowLongItsVcpusStoodStill() {
        DemoVm frozen = vm(DemoVm.FREEZES);
        Run run = frozen.at(0).orElseThrow();

        assertThat(run.file(EPOCH, 44_999)).contains("\nstopped 0.000\n");
        assertThat(run.file(EPOCH, 50_000)).contains("\nstopped 0.000 1795621245.000\n");
        assertThat(run.file(EPOCH, 85_000)).contains("\nstopped 40.000\n");
        assertThat(run.file(EPOCH, 346_000)).contains("\nstopped 40.000 1795621545.000\n");
    }

    /** The guests' side of it is in model.awk. */
    @Test
    void theModelHasTheSameVcpusAndTheSameMoments() throws Exception {
        for (DemoVm vm : DemoVm.ALL) {
            assertThat(model(vm.name(), 10, 10).lines().findFirst().orElseThrow())
                    .as(vm.name())
                    .endsWith(vm.vcpus() == 1 ? "\t 0" : ", " + (vm.vcpus() - 1));
        }
        assertThat(model(DemoVm.OFF, 10, 10)).contains("active cpus:\t 0\nsuspended cpus:\t 0\n");

        double end = vm("triple").runs().length() / 1000.0;
        assertThat(model("triple", 100, end - 0.1)).contains("suspended cpus:\t 0\n");
        assertThat(model("triple", 100, end - 1.6)).contains("suspended cpus:\t (none)\n");

        double from = DemoVm.FREEZE_FROM_MILLIS / 1000.0;
        double to = from + DemoVm.FREEZE_MILLIS / 1000.0;
        assertThat(model(DemoVm.FREEZES, from + 0.1, 0)).isEqualTo(model(DemoVm.FREEZES, to - 0.1, 0));
        assertThat(model(DemoVm.FREEZES, from - 1, 0)).isNotEqualTo(model(DemoVm.FREEZES, from, 0));
        assertThat(model(DemoVm.FREEZES, to, 0)).isNotEqualTo(model(DemoVm.FREEZES, to + 1, 0));
    }

    /** Sets and statistics of vCPU 0, so many seconds after the host's start and that of the VM. */
    private static String model(String vm, double ofHost, double ofVm) throws Exception {
        double now = EPOCH / 1000.0 + ofHost;
        Process process = new ProcessBuilder(
                        "awk",
                        "-f",
                        "src/demo/model.awk",
                        "-f",
                        "src/demo/state.awk",
                        seconds(now),
                        seconds(EPOCH / 1000.0),
                        seconds(now - ofVm),
                        vm,
                        "0",
                        "1",
                        "1",
                        "1",
                        "0",
                        "0")
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private static String seconds(double seconds) {
        return DemoVm.seconds(Math.round(seconds * 1000));
    }
}
