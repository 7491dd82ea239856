package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bhyvescope.hypervisor.Hypervisor;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.bhyvectl.BhyvectlHypervisor;
import org.bhyvescope.hypervisor.bhyvectl.VmChildren;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.libc.OtherVmm;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The contract of all sources: the same kernel gives the same snapshot. All read the same look-alike of the kernel
 * module, one of them through a look-alike of bhyvectl that prints what it reads, and where statistics lock (15) one through
 * a reader.
 */
@Timeout(120)
class BothSourcesTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-24T00:00:00Z"));

    @TempDir
    Path dir = Path.of("");

    static Stream<List<String>> kernels() {
        List<List<String>> all = new ArrayList<>();
        for (int release = 12; release <= 15; release++) {
            for (String vendor : List.of("amd", "intel")) {
                for (int vcpus : release < 14 ? new int[] {1, 16} : new int[] {1, 16, 128}) {
                    all.add(List.of("release " + release, "vendor " + vendor, "maxcpu 128", "vm web0 " + vcpus));
                }
            }
        }
        for (String more : List.of("active web0 0,2,5", "suspended web0 1", "extra 30", "active web0 none")) {
            all.add(List.of("release 15", "vm web0 6", more));
        }
        List<String> fourteen = List.of("release 14", "vm web0 6");
        for (List<String> more : List.of(
                List.of("active web0 0,2,5", "suspended web0 2,5", "topology web0 2 3 1"),
                List.of("active web0 1,3"),
                List.of("active web0 none"),
                List.of("suspended web0 0,1,2,3,4,5"),
                List.of("set web0 3 7 0xffffffffffffffff", "set web0 4 7 0x8000000000000000", "set web0 5 7 0"),
                List.of("set web0 1 4 4096", "set web0 0 4 0"),
                List.of("extra 20"),
                List.of("extra 21"),
                List.of("extra 22", "compat no"),
                List.of("extra 85"),
                List.of("name 5 vcpu total runtime"),
                List.of("name 42 novelty of a later kernel [x]", "name 7 trailing blanks  "),
                List.of("name 3 " + "long description ".repeat(7) + "end"))) {
            all.add(Stream.concat(fourteen.stream(), more.stream()).toList());
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void theSameKernelGivesTheSameSnapshot(List<String> script) throws Exception {
        Readings all = read(script);

        Snapshot expected = (Snapshot) all.bhyvectl();
        for (Reading other : all.others()) {
            theSame((Snapshot) other, expected);
        }
    }

    private static void theSame(Snapshot actual, Snapshot expected) {
        assertThat(actual.vm()).isEqualTo(expected.vm());
        assertThat(actual.wallMillis()).isEqualTo(expected.wallMillis());
        assertThat(actual.active()).isEqualTo(expected.active());
        assertThat(actual.suspended()).isEqualTo(expected.suspended());
        assertThat(actual.topology()).isEqualTo(expected.topology());
        assertThat(actual.table()).isEqualTo(expected.table());
        assertThat(values(actual)).isDeepEqualTo(values(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "12, 'destroy web0'",
        "13, 'destroy web0'",
        "14, 'destroy web0'",
        "15, 'destroy web0'",
        "13, 'error open 13 0 -1'",
        "14, 'error open 13 0 -1'",
        "15, 'error open 1 0 -1'",
        "14, 'error open 6 0 -1'",
        "12, 'error VM_GET_CPUS 1 0 -1'",
        "14, 'error VM_GET_CPUS 1 0 -1'",
        "12, 'vanish web0 0'",
        "14, 'vanish web0 1'",
        "14, 'error VM_GET_TOPOLOGY 6 0 -1'",
        "13, 'error open 24 0 -1'",
        "14, 'error open 16 0 -1'",
        "12, 'error VM_GET_CPUS 22 0 -1'",
        "12, 'error VM_STATS 22 0 -1'",
        "14, 'error VM_STATS 22 0 -1'",
        "15, 'error VM_STATS 16 0 -1'",
        "14, 'error VM_STATS 25 0 -1'",
        "14, 'error VM_GET_TOPOLOGY 22 0 -1'"
    })
    void theSameFailureHasTheSameCause(int release, String failing) throws Exception {
        Readings all = read(List.of("release " + release, "vm web0 2", failing));

        assertThat(all.others())
                .allSatisfy(
                        other -> assertThat(((Failure) other).cause()).isEqualTo(((Failure) all.bhyvectl()).cause()));
    }

    /** @param others of vmmdev, and of vmmdev by a reader where statistics lock */
    private record Readings(Reading bhyvectl, List<Reading> others) {}

    private Readings read(List<String> script) throws Exception {
        Path nodes = Files.createDirectory(dir.resolve("vmm"));
        Files.createFile(nodes.resolve("web0"));
        VmDirectory directory = new VmDirectory(nodes, name -> true);
        VmId vm = directory.identify("web0").orElseThrow();
        Path program = dir.resolve("bhyvectl");
        Files.copy(FakeVmm.bhyvectl(), program, StandardCopyOption.COPY_ATTRIBUTES);
        // bhyvectl is asked for the sets together with vCPU 0, active or not, which newer kernels answer with zeros.
        Files.write(dir.resolve("bhyvectl.script"), script);
        Files.write(dir.resolve("bhyvectl.script"), List.of("inactive zeros"), StandardOpenOption.APPEND);
        FakeVmm fake = FakeVmm.fresh(script.toArray(String[]::new));
        try (Children children = Scripts.quickChildren();
                VmmdevHypervisor vmmdev = new VmmdevHypervisor(directory, CLOCK, System::nanoTime)) {
            Hypervisor bhyvectl = new BhyvectlHypervisor(
                    program, directory, new VmChildren(children, false, System::nanoTime), CLOCK);
            List<Reading> others = new ArrayList<>(List.of(vmmdev.read(vm, Allowance.of(Scripts.PATIENCE))));
            if (script.contains("release 15")) {
                others.add(readApart(vm, directory, nodes, children, script));
            }
            assertThat(fake.count("violations")).as("%s", fake.log()).isZero();
            return new Readings(bhyvectl.read(vm, Allowance.of(Scripts.PATIENCE)), others);
        }
    }

    private Reading readApart(VmId vm, VmDirectory directory, Path nodes, Children children, List<String> script)
            throws Exception {
        OtherVmm kernel = OtherVmm.in(Files.createDirectory(dir.resolve("libc")), script.toArray(String[]::new));
        try (VmmdevApart apart = new VmmdevApart(
                directory, children, ReaderHost.command(kernel, nodes), CLOCK, System::nanoTime, true)) {
            Reading reading = apart.read(vm, Allowance.of(Scripts.PATIENCE));
            assertThat(kernel.log()).noneMatch(line -> line.contains("VIOLATION"));
            return reading;
        }
    }

    private static long[][] values(Snapshot snapshot) {
        long[][] all = new long[snapshot.rows()][snapshot.table().size()];
        for (int row = 0; row < all.length; row++) {
            for (int column = 0; column < all[row].length; column++) {
                all[row][column] = snapshot.value(row, column);
            }
        }
        return all;
    }
}
