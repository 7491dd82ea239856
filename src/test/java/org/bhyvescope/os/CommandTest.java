package org.bhyvescope.os;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bhyvescope.libc.Sysctls.Name;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The allow-list: what is not asserted here is never run on a host. */
class CommandTest {
    private static final Path BHYVECTL = Path.of("/usr/sbin/bhyvectl");
    private static final Path SYSCTL = Path.of("/sbin/sysctl");
    private static final Path PS = Path.of("/bin/ps");
    private static final Path PROCSTAT = Path.of("/usr/bin/procstat");

    /** Every factory with an example. A new one fails the test below until it has a line here. */
    private static final Map<String, List<Command>> FACTORIES = Map.ofEntries(
            entry("setsAndFirstVcpu(Path,String)", List.of(Command.setsAndFirstVcpu(BHYVECTL, "web0"))),
            entry(
                    "statistics(Path,String,int)",
                    List.of(Command.statistics(BHYVECTL, "web0", 0), Command.statistics(BHYVECTL, "web0", 63))),
            entry(
                    "getAll(Path,String,int)",
                    List.of(Command.getAll(BHYVECTL, "web0", 0), Command.getAll(BHYVECTL, "web0", 63))),
            entry("gate(Gate,GateRequest)", List.of(gate())),
            entry("sysctls(Path)", List.of(Command.sysctls(SYSCTL))),
            entry("processes(Path)", List.of(Command.processes(PS))),
            entry("threads(Path,List)", List.of(Command.threads(PROCSTAT, List.of(812, 99999)))),
            entry("threadsAsText(Path,List)", List.of(Command.threadsAsText(PROCSTAT, List.of(812)))),
            entry("threadTimes(Path,List)", List.of(Command.threadTimes(PROCSTAT, List.of(812)))),
            entry("reader(ReaderJvm,Path)", List.of(reader(List.of(), Optional.empty()))),
            // Passthrough devices and captures.
            entry("pciDevices(Path)", List.of(Command.pciDevices(Path.of("/usr/sbin/pciconf")))),
            entry("pciDevice(Path,String)", List.of(Command.pciDevice(Path.of("/usr/sbin/pciconf"), "pci0:3:0:0"))),
            entry("interruptSources(Path)", List.of(Command.interruptSources(SYSCTL))),
            entry("interrupts(Path)", List.of(Command.interrupts(Path.of("/usr/bin/vmstat")))),
            entry("allInterrupts(Path)", List.of(Command.allInterrupts(Path.of("/usr/bin/vmstat")))),
            entry("messages(Path)", List.of(Command.messages(Path.of("/sbin/dmesg")))),
            entry("vmmSysctls(Path)", List.of(Command.vmmSysctls(SYSCTL))),
            entry("kernelStacks(Path,int)", List.of(Command.kernelStacks(Path.of("/usr/bin/procstat"), 4711))),
            entry("threads(Path,int)", List.of(Command.threads(Path.of("/usr/bin/procstat"), 4711))));

    /** Whole command lines of programs other than bhyvectl that only read; host.md, sections 1 and 3 to 5. */
    private static final Set<String> READ_ONLY_LINES = Set.of(
            "/usr/sbin/pciconf -lv",
            "/usr/sbin/pciconf -lvbc pci0:3:0:0",
            "/sbin/sysctl -n hw.intrs",
            "/sbin/sysctl hw.vmm",
            "/usr/bin/vmstat -i",
            "/usr/bin/vmstat -ai",
            "/sbin/dmesg",
            "/usr/bin/procstat -kk 4711",
            "/usr/bin/procstat -t 4711");

    private static Command reader(List<String> properties, Optional<String> errorFile) {
        return Command.reader(
                new ReaderJvm(Path.of("/usr/local/openjdk17/bin/java"), "/opt/bhyvescope.jar:x", properties, errorFile),
                Path.of("/dev/vmm"));
    }

    private static Command gate() {
        return Command.gate(
                new Gate(Path.of("/usr/local/bin/doas"), Path.of("/usr/local/libexec/bhyvescope/bhyvescope-gate")),
                GateRequest.statistics("web0", 3_000_000_000L));
    }

    /** Options of bhyvectl that only read, and that the agent has a use for. */
    private static final Set<String> READ_ONLY =
            Set.of("--get-active-cpus", "--get-suspended-cpus", "--get-cpu-topology", "--get-stats", "--get-all");

    /** bhyvectl-behaviour.md, section 1: never pass from an agent. */
    private static final List<String> NEVER = List.of(
            "--create",
            "--destroy",
            "--run",
            "--set",
            "--inject",
            "--assert",
            "--unassign",
            "--force",
            "--checkpoint",
            "--suspend",
            "--migrate");

    private static final Set<String> SYSCTLS = Set.of(
            "machdep.tsc_freq",
            "kern.hz",
            "kern.osreldate",
            "hw.vmm.maxcpu",
            "hw.vmm.iommu.initialized",
            "hw.vmm.iommu.enable",
            "hw.vmm.ppt.devices",
            "hw.vmm.vmx.initialized",
            "hw.pagesize",
            "security.bsd.see_other_uids",
            "security.bsd.see_other_gids",
            "security.bsd.see_jail_proc",
            "security.jail.jailed",
            "hw.model",
            "hw.vmm.amdvi.enable",
            "hw.vmm.amdvi.count");

    @Test
    void everyFactoryIsOnTheList() {
        Set<String> factories = Arrays.stream(Command.class.getDeclaredMethods())
                .filter(m -> !m.isSynthetic() && Modifier.isStatic(m.getModifiers()))
                .filter(m -> !Modifier.isPrivate(m.getModifiers()))
                .map(CommandTest::signature)
                .collect(Collectors.toSet());

        assertThat(factories).isEqualTo(FACTORIES.keySet());
    }

    @Test
    void onlyTheFactoriesMakeACommand() {
        assertThat(Command.class.getDeclaredConstructors()).allMatch(c -> Modifier.isPrivate(c.getModifiers()));
        assertThat(Modifier.isFinal(Command.class.getModifiers())).isTrue();
    }

    @Test
    void processesAreListedByKeywordsAndArgumentsComeLast() {
        assertThat(Command.processes(PS).argv())
                .containsExactly(
                        "/bin/ps",
                        "-axww",
                        "-o",
                        "pid=",
                        "-o",
                        "ppid=",
                        "-o",
                        "jid=",
                        "-o",
                        "rss=",
                        "-o",
                        "usertime=",
                        "-o",
                        "systime=",
                        "-o",
                        "etimes=",
                        "-o",
                        "ucomm=",
                        "-o",
                        "args=");
    }

    @Test
    void threadsAreListedByTheirProcesses() {
        assertThat(Command.threads(PROCSTAT, List.of(812, 99999)).argv())
                .containsExactly("/usr/bin/procstat", "--libxo", "json", "-t", "812", "99999");
        assertThat(Command.threadsAsText(PROCSTAT, List.of(812)).argv())
                .containsExactly("/usr/bin/procstat", "-t", "812");
        assertThat(Command.threadTimes(PROCSTAT, List.of(812)).argv())
                .containsExactly("/usr/bin/procstat", "-rH", "812");
    }

    @Test
    void whatIsNoProcessIsRefused() {
        for (int pid : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatIllegalArgumentException().isThrownBy(() -> Command.threads(PROCSTAT, List.of(1, pid)));
            assertThatIllegalArgumentException().isThrownBy(() -> Command.threadsAsText(PROCSTAT, List.of(pid)));
            assertThatIllegalArgumentException().isThrownBy(() -> Command.threadTimes(PROCSTAT, List.of(pid)));
        }
    }

    @Test
    void everyOptionOnlyReads() {
        assertThat(commands()
                        .filter(c ->
                                !c.takesRequests() && c.request().isEmpty() && !READ_ONLY_LINES.contains(c.toString()))
                        .filter(c -> !List.of(PS.toString(), PROCSTAT.toString())
                                .contains(c.argv().get(0)))
                        .flatMap(c -> c.argv().stream().skip(1)))
                .allMatch(a -> READ_ONLY.contains(a)
                        || a.equals("--vm=web0")
                        || a.matches("--cpu=[0-9]+")
                        || a.equals("-i")
                        || SYSCTLS.contains(a));
    }

    @Test
    void eachReadOnlyLineIsOneCommandAndNoOther() {
        assertThat(commands().map(Command::toString).filter(READ_ONLY_LINES::contains))
                .containsExactlyInAnyOrderElementsOf(READ_ONLY_LINES);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-w",
                "pci0:3:0:0 -w",
                "ppt0",
                "pci0:3:0",
                "pci0:3:0:0:",
                "pci0:3:0:0\n",
                "xpci0:3:0:0",
                "pci-1:3:0:0"
            })
    void whatIsNoSelectorIsRefused(String selector) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Command.pciDevice(Path.of("/usr/sbin/pciconf"), selector));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void whatIsNoProcessIsRefused(int pid) {
        assertThatIllegalArgumentException().isThrownBy(() -> Command.kernelStacks(Path.of("/usr/bin/procstat"), pid));
        assertThatIllegalArgumentException().isThrownBy(() -> Command.threads(Path.of("/usr/bin/procstat"), pid));
    }

    @Test
    void noOptionIsOrAbbreviatesOneThatChangesAVm() {
        assertThat(commands().flatMap(c -> c.argv().stream().skip(1)).filter(a -> a.startsWith("--")))
                .noneMatch(a -> NEVER.stream().anyMatch(n -> a.startsWith(n) || n.startsWith(a)));
    }

    @Test
    void everySysctlIsReadByOneProcessAndNoneIsSet() {
        assertThat(Arrays.stream(Name.values()).map(Name::text)).containsExactlyInAnyOrderElementsOf(SYSCTLS);
        assertThat(Command.sysctls(SYSCTL).argv())
                .startsWith("/sbin/sysctl", "-i", "machdep.tsc_freq", "kern.hz", "kern.osreldate")
                .hasSize(2 + SYSCTLS.size())
                .noneMatch(a -> a.contains("=") || a.contains("create") || a.contains("destroy"));
    }

    @Test
    void setsAndVcpu0AreReadByOneProcess() {
        assertThat(Command.setsAndFirstVcpu(BHYVECTL, "web0").argv())
                .containsExactly(
                        "/usr/sbin/bhyvectl",
                        "--vm=web0",
                        "--cpu=0",
                        "--get-active-cpus",
                        "--get-suspended-cpus",
                        "--get-cpu-topology",
                        "--get-stats");
    }

    @Test
    void anotherVcpuIsReadByItsId() {
        assertThat(Command.statistics(BHYVECTL, "web0", 15).argv())
                .containsExactly("/usr/sbin/bhyvectl", "--vm=web0", "--cpu=15", "--get-stats");
    }

    @Test
    void theGateIsAskedByOneLineAndGetsNoArguments() {
        assertThat(gate().argv())
                .containsExactly("/usr/local/bin/doas", "-n", "/usr/local/libexec/bhyvescope/bhyvescope-gate");
        assertThat(gate().request()).isEqualTo("stats 27 web0\n");
        FACTORIES.forEach((factory, commands) ->
                assertThat(commands).allMatch(c -> c.request().isEmpty() != factory.startsWith("gate(")));
    }

    @Test
    void theStateIsReadByItsVcpusId() {
        assertThat(Command.getAll(BHYVECTL, "web0", 15).argv())
                .containsExactly("/usr/sbin/bhyvectl", "--vm=web0", "--cpu=15", "--get-all");
    }

    @Test
    void theReaderIsASmallJvmOfTheSameProgram() {
        assertThat(reader(List.of("bhyvescope.libc=/x y.so", "jna.nosys=true"), Optional.of("/var/db/hs_err%p.log"))
                        .argv())
                .containsExactly(
                        "/usr/local/openjdk17/bin/java",
                        "-Xms4m",
                        "-Xmx16m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UsePerfData",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:+DisplayVMOutputToStderr",
                        "-Xlog:disable",
                        "-Xlog:all=warning:stderr",
                        "-XX:ErrorFile=/var/db/hs_err%p.log",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dbhyvescope.libc=/x y.so",
                        "-Djna.nosys=true",
                        "-cp",
                        "/opt/bhyvescope.jar:x",
                        "org.bhyvescope.hypervisor.vmmdev.ReaderMain",
                        "/dev/vmm");
        assertThat(reader(List.of(), Optional.empty()).argv()).contains("-XX:ErrorFile=/dev/null");
    }

    @Test
    void onlyTheReaderTakesRequests() {
        FACTORIES.forEach((factory, commands) ->
                assertThat(commands).allMatch(c -> c.takesRequests() == factory.startsWith("reader(")));
    }

    @Test
    void aReaderLikeThisProgramHasItsJavaItsClassesAndItsLibraries() {
        String before = System.getProperty("jna.tmpdir");
        System.setProperty("jna.tmpdir", "/somewhere");
        try {
            ReaderJvm jvm = ReaderJvm.likeThisOne(Optional.empty());

            assertThat(jvm.java()).isExecutable();
            assertThat(jvm.classPath()).isEqualTo(System.getProperty("java.class.path"));
            assertThat(jvm.properties())
                    .contains("jna.tmpdir=/somewhere", "java.io.tmpdir=" + System.getProperty("java.io.tmpdir"))
                    .noneMatch(property -> property.startsWith("java.class.path"));
        } finally {
            if (before == null) {
                System.clearProperty("jna.tmpdir");
            } else {
                System.setProperty("jna.tmpdir", before);
            }
        }
    }

    @Test
    void aNegativeVcpuIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Command.getAll(BHYVECTL, "web0", -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Command.statistics(BHYVECTL, "web0", -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Command.statistics(BHYVECTL, "web0", Integer.MIN_VALUE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--destroy",
                "-x",
                "a b",
                "a;reboot",
                "$(reboot)",
                "`reboot`",
                "a\nb",
                "'",
                "\"",
                "",
                "a --destroy",
                "=",
                "--",
                "*",
                "caf\u00e9",
                "\\"
            })
    void aHostileNameStaysOneArgumentBehindVm(String name) {
        List<String> sets = Command.setsAndFirstVcpu(BHYVECTL, name).argv();
        List<String> statistics = Command.statistics(BHYVECTL, name, 2).argv();

        assertThat(sets).hasSize(7).element(1).isEqualTo("--vm=" + name);
        assertThat(statistics).containsExactly("/usr/sbin/bhyvectl", "--vm=" + name, "--cpu=2", "--get-stats");
        assertThat(Command.getAll(BHYVECTL, name, 2).argv())
                .containsExactly("/usr/sbin/bhyvectl", "--vm=" + name, "--cpu=2", "--get-all");
    }

    @Test
    void theArgumentVectorCannotBeChanged() {
        assertThat(Command.statistics(BHYVECTL, "web0", 1).argv()).isUnmodifiable();
    }

    private static Stream<Command> commands() {
        return FACTORIES.values().stream().flatMap(List::stream);
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(",", "(", ")"));
    }
}
