package org.bhyvescope.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.bhyvescope.host.InterruptReading.Counted;
import org.bhyvescope.host.InterruptReading.Source;
import org.bhyvescope.os.Allowance;
import org.bhyvescope.os.ChildResult;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Command;
import org.bhyvescope.os.Owner;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.bhyvescope.os.Tools.Tool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The simulated host's programs, read by what reads the real ones. */
@Timeout(120)
class DemoToolsTest {
    private static final Path DEMO = Path.of("src/demo");
    private static final String[] AWKS = {"mawk", "gawk", "busybox awk", "original-awk"};

    @TempDir
    Path host = Path.of("");

    private final Children children = Scripts.quickChildren();

    @BeforeEach
    void setUp() throws IOException {
        try (Stream<Path> files = Files.list(DEMO)) {
            for (Path file : files.toList()) {
                Files.copy(file, host.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        write("epoch", String.valueOf(System.currentTimeMillis() / 1000 - 1000));
        write("ppt", """
                # two functions of one card
                ppt0 pci0:3:0:0 0x1002 0x73af 0x030000 'Advanced Micro Devices, Inc. [AMD/ATI]' 'Navi 21 'Big' [6900]'
                ppt12 pci0:3:0:1 0x1002 0xab28 0x040300
                """);
        write("interrupts", """
                1 irq1: atkbd0 12 0
                16 irq16: ppt12 ehci0+ 7 0
                500 irq256: ppt0 5000000000 100
                502 irq257: ppt0 0 0
                504 stray irq257 0 0
                700 cpu0:timer 0 1000
                """);
        write("sysctls", """
                hw.vmm.maxcpu 16
                hw.vmm.iommu.initialized 0
                hw.vmm.iommu.enable 1
                hw.vmmx.other 1
                hw.model AMD  back\\slash
                kern.hz 1000
                """);
    }

    @AfterEach
    void killAll() {
        children.close();
    }

    @Test
    void pciconfListsThePassthroughDevices() throws Exception {
        assertThat(new PciconfDevices(tool(Tool.PCICONF), children).list())
                .isEqualTo(new DeviceListing.Listed(List.of(
                        new PptDevice(
                                "ppt0",
                                "pci0:3:0:0",
                                0x1002,
                                0x73af,
                                0x030000,
                                Optional.of("Advanced Micro Devices, Inc. [AMD/ATI]"),
                                Optional.of("Navi 21 'Big' [6900]")),
                        new PptDevice(
                                "ppt12", "pci0:3:0:1", 0x1002, 0xab28, 0x040300, Optional.empty(), Optional.empty()))));

        Files.delete(host.resolve("ppt"));
        assertThat(new PciconfDevices(tool(Tool.PCICONF), children).list())
                .isEqualTo(new DeviceListing.Listed(List.of()));
    }

    @Test
    void pciconfTellsMoreOfOneDevice() throws Exception {
        assertThat(output(Command.pciDevice(tool(Tool.PCICONF), "pci0:3:0:1")))
                .startsWith("ppt12@pci0:3:0:1:\tclass=0x040300 ")
                .contains("    bar   [10] = type ", "    cap 05[a0] = MSI supports ")
                .doesNotContain("ppt0", "hostb0");
    }

    @Test
    void sysctlAndVmstatCountTheSameInterrupts() throws Exception {
        InterruptReading bySysctl = new ToolInterrupts(tool(Tool.SYSCTL), host.resolve("absent"), children).read();
        InterruptReading byVmstat = new ToolInterrupts(host.resolve("absent"), tool(Tool.VMSTAT), children).read();

        for (InterruptReading reading : List.of(bySysctl, byVmstat)) {
            assertThat(reading)
                    .isInstanceOfSatisfying(
                            Counted.class,
                            counted -> assertThat(counted.sources())
                                    .satisfiesExactly(
                                            source -> assertThat(source)
                                                    .isEqualTo(new Source("irq16", "ppt12 ehci0+", 7)),
                                            source -> assertThat(source.count())
                                                    .isBetween(5_000_099_900L, 5_000_200_000L),
                                            source -> assertThat(source).isEqualTo(new Source("irq257", "ppt0", 0))));
        }
        assertThat(output(Command.interrupts(tool(Tool.VMSTAT))))
                .contains("irq256: ppt0 ")
                .doesNotContain("irq257");
    }

    @Test
    void sysctlReadsNamesAndSubtreesAndSetsNothing() throws Exception {
        assertThat(output(Command.vmmSysctls(tool(Tool.SYSCTL))))
                .isEqualTo("hw.vmm.maxcpu: 16\nhw.vmm.iommu.initialized: 0\nhw.vmm.iommu.enable: 1\n");
        Sysctl sysctl = new Sysctl(tool(Tool.SYSCTL), children, () -> HostFacts.NONE);
        assertThat(sysctl.facts().hz()).hasValue(1000);
        assertThat(sysctl.facts().machine().model()).contains("AMD  back\\slash");
        assertThat(sysctl.iommu().verdict()).isEqualTo(Iommu.Verdict.ALLOWED);

        Process setting = new ProcessBuilder(tool(Tool.SYSCTL).toString(), "kern.hz=1", "kern.nothing", "kern.hz")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(new String(setting.getInputStream().readAllBytes(), UTF_8)).isEqualTo("kern.hz: 1000\n");
        assertThat(setting.waitFor()).as("two bad names").isEqualTo(2);
    }

    @Test
    void dmesgPrintsTheMessages() throws Exception {
        Files.delete(host.resolve("messages"));
        assertThat(output(Command.messages(tool(Tool.DMESG)))).isEmpty();

        write("messages", "ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n");
        assertThat(output(Command.messages(tool(Tool.DMESG))))
                .isEqualTo("ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n");
    }

    @Test
    void psAndProcstatTellOfAProcessWhoseVcpusStandStill() throws Exception {
        long now = System.currentTimeMillis() / 1000;
        Files.createDirectory(host.resolve("processes"));
        write("processes/2004", """
                vm frozen
                start %d
                ppid 704
                vcpus 2
                idle 0
                stopped 100 %d
                """.formatted(now - 1000, now - 500));

        List<PsText.Row> rows =
                PsText.parse(output(Command.processes(tool(Tool.PS)))).bhyve();
        assertThat(rows).singleElement().satisfies(row -> {
            assertThat(row.pid()).isEqualTo(2004);
            assertThat(row.parent()).isEqualTo(704);
            assertThat(row.args()).isEqualTo("bhyve: frozen (bhyve)");
            assertThat(row.systemMicros()).as("56 % of the 400 s that it moved").hasValue(224_000_000);
        });
        List<ProcstatText.Row> threads = ProcstatText.threadsOfJson(
                        output(Command.threads(tool(Tool.PROCSTAT), List.of(2004))))
                .orElseThrow();
        assertThat(threads).isEqualTo(ProcstatText.threads(output(Command.threads(tool(Tool.PROCSTAT), 2004))));
        assertThat(threads)
                .extracting(ProcstatText.Row::name, ProcstatText.Row::waitChannel)
                .containsExactly(tuple("mevent", "kqread"), tuple("vcpu 0", "umtxn"), tuple("vcpu 1", "umtxn"));
        assertThat(ProcstatText.times(output(Command.threadTimes(tool(Tool.PROCSTAT), List.of(2004)))))
                .containsEntry(threads.get(1).key(), 4_000_000L)
                .containsEntry(threads.get(2).key(), 220_000_000L);
        assertThat(output(Command.kernelStacks(tool(Tool.PROCSTAT), 2004)).lines())
                .hasSize(4)
                .allMatch(line -> line.matches(".*KSTACK *| 2004 1004\\d\\d bhyve  .*\\S+\\+0x[0-9a-f]+ *"))
                .filteredOn(line -> line.contains("umtxq_sleep"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 100",
        "4, 140",
        "5, 150",
        "7, 2150",
        "10, 5150",
        "29, 5340",
        "34, 5390",
        "37, 7400",
        "60, 10600",
        "-5, 100"
    })
    void aStormComesInEachPeriod(int seconds, long count) throws Exception {
        write("interrupts", "3 irq256: ppt0 100 10 5 10 30 1000\n");

        assertThat(InterruptText.intrs(1, counters("awk", seconds, "intrs")))
                .isEqualTo(new Counted(1, List.of(new Source("irq256", "ppt0", count))));
    }

    /** 10 a second; none from 3 s to 5 s and 1000 from 6 s to 7 s of each 10 s. */
    @ParameterizedTest
    @CsvSource({"3, 30", "5, 30", "6, 40", "6.5, 540", "7, 1040", "10, 1070", "14, 1100", "20, 2140"})
    void aSourceHasSeveralOddTimes(double seconds, long count) throws Exception {
        write("interrupts", "3 irq256: ppt0 0 10 3 5 10 0 6 7 10 1000\n");

        assertThat(InterruptText.intrs(1, counters("awk", seconds, "intrs")))
                .isEqualTo(new Counted(1, List.of(new Source("irq256", "ppt0", count))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"intrs", "nonzero", "all"})
    void everyAwkPrintsTheSame(String form) throws Exception {
        write(
                "interrupts",
                "1 irq1: atkbd0 12 0\n3 irq256: ppt0 5000000000 0.5 5 10 30 250000 20 25 30 0\n4 irq9: x 0 0\n");
        String expected = counters("awk", 47, form);
        assertThat(expected).contains("irq256: ppt0", "5002500016"); // 10 s of storm and 5 s of silence in 47 s
        int others = 0;
        for (String awk : AWKS) {
            if (Files.isExecutable(Path.of("/usr/bin", awk.split(" ", -1)[0]))) {
                assertThat(counters(awk, 47, form)).as(awk).isEqualTo(expected);
                others++;
            }
        }
        assumeTrue(others > 1, "only one awk here");
    }

    private String counters(String awk, double seconds, String form) throws Exception {
        List<String> command = new ArrayList<>(List.of(awk.split(" ", -1)));
        command.addAll(List.of(
                "-f",
                DEMO.resolve("interrupts.awk").toString(),
                String.format(Locale.ROOT, "%.3f", 1_700_000_000 + seconds),
                "1700000000",
                form,
                host.resolve("interrupts").toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    private String output(Command command) throws InterruptedException {
        ChildResult result = children.run(command, Owner.host("test"), Allowance.of(Duration.ofSeconds(30)));
        assertThat(result).isInstanceOf(ChildResult.Exited.class);
        ChildResult.Exited run = (ChildResult.Exited) result;
        assertThat(run.status()).as(new String(run.stderr(), UTF_8)).isZero();
        return new String(run.stdout(), UTF_8);
    }

    private Path tool(Tool tool) {
        return new Tools(Optional.of(host)).path(tool);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(host.resolve(file), text);
    }
}
