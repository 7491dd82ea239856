package org.bhyvescope.hypervisor.vmmdev;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.bhyvescope.dump.Capability;
import org.bhyvescope.dump.CpuSet;
import org.bhyvescope.dump.DumpText;
import org.bhyvescope.dump.HumanSize;
import org.bhyvescope.dump.MemoryMapping;
import org.bhyvescope.dump.MemorySegment;
import org.bhyvescope.dump.Rtc;
import org.bhyvescope.dump.Topology;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.libc.FakeVmm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In this process, against the look-alike of the kernel module. */
@Timeout(60)
class StateReaderTest {
    private static final StateTables TABLES = StateTables.load();
    private static final String[] MEMORY = {
        "map web0 0x100000000 0 0xc0000000 0x40000000 7 3",
        "map web0 0 0 0 0xc0000000 7 1",
        "map web0 0xffffc000 1 0 16384 5 0",
        "seg web0 0 0x100000000",
        "seg web0 1 16384 bootrom"
    };

    @TempDir
    Path dir = Path.of("");

    private final FakeVmm fake = FakeVmm.fresh();

    @AfterEach
    void nothingForbiddenWasAskedAndNothingIsOpen() {
        assertThat(fake.count("violations")).as("%s", fake.log()).isZero();
        assertThat(fake.count("open")).isZero();
    }

    private StateReader reader() {
        return new StateReader(directory(), "amd64");
    }

    private VmDirectory directory() {
        return new VmDirectory(dir, name -> true);
    }

    private VmId vm(String... script) throws IOException {
        fake.tell(script);
        Files.createFile(dir.resolve("web0"));
        return directory().identify("web0").orElseThrow();
    }

    private static ReaderRequest.State asked(VmId vm, int vcpu, int capabilities) {
        return new ReaderRequest.State(vm, vcpu, TABLES.numbers(false), TABLES.numbers(true), capabilities);
    }

    private static RawState whole(RawReading reading) {
        assertThat(reading).isInstanceOf(RawReading.Whole.class);
        return ((RawReading.Whole) reading).state();
    }

    private static Failure failure(RawReading reading) {
        assertThat(reading).isInstanceOf(RawReading.Not.class);
        return ((RawReading.Not) reading).failure();
    }

    private static DumpText dump(RawState state, int vcpu) {
        return StateDump.of(state, vcpu, state.capabilities(), TABLES);
    }

    /** Values that differ from register to register, as the script sets them. */
    private static String[] registers(boolean intel) {
        return IntStream.of(TABLES.numbers(intel))
                .mapToObj(number -> "reg web0 2 " + Integer.toUnsignedString(number) + " " + (number & 0xffffL) * 1001)
                .toArray(String[]::new);
    }

    // ---- what is read

    @Test
    void anAmdVcpuIsReadByOneLockingCall() throws Exception {
        VmId vm = vm("vm web0 3", "suspended web0 0", "topology web0 1 3 1", "rtc web0 1764028800");
        fake.tell(registers(false));
        StateReader reader = reader();

        RawState state = whole(reader.read(asked(vm, 2, 0)));
        DumpText dump = dump(state, 2);

        Map<String, Long> values = dump.vcpu(2).orElseThrow().values();
        assertThat(values)
                .containsExactly(
                        Map.entry("efer", 32 * 1001L),
                        Map.entry("cr0", 15 * 1001L),
                        Map.entry("cr2", 33 * 1001L),
                        Map.entry("cr3", 16 * 1001L),
                        Map.entry("cr4", 17 * 1001L),
                        Map.entry("rsp", 19 * 1001L),
                        Map.entry("rip", 20 * 1001L),
                        Map.entry("rflags", 21 * 1001L),
                        Map.entry("exitinfo1", 0x78 * 1001L),
                        Map.entry("exitinfo2", 0x80 * 1001L),
                        Map.entry("exitintinfo", 0x88 * 1001L),
                        Map.entry("exit_reason", 0x70 * 1001L));
        assertThat(dump.vcpus()).hasSize(1);
        assertThat(dump.vm().active()).contains(CpuSet.of(0, 1, 2));
        assertThat(dump.vm().suspended()).contains(CpuSet.of(0));
        assertThat(dump.vm().topology()).contains(new Topology(1, 3, 1, 32));
        assertThat(dump.vm().rtc()).contains(new Rtc(1_764_028_800, "Tue Nov 25 00:00:00 2025"));
        assertThat(fake.count("locking")).isEqualTo(1);
        assertThat(reader.lockingCalls()).isEqualTo(1);
        assertThat(fake.log())
                .filteredOn(line -> line.contains("LOCKS"))
                .containsExactly("ioctl VM_GET_REGISTER_SET web0 2 12 LOCKS = errno 0");
    }

    @Test
    void anIntelVcpuIsReadByOneLockingCall() throws Exception {
        VmId vm = vm("vendor intel", "vm web0 3");
        fake.tell(registers(true));

        RawState state = whole(reader().read(asked(vm, 2, 0)));

        assertThat(state.intel()).isTrue();
        assertThat(dump(state, 2).vcpu(2).orElseThrow().values())
                .containsOnlyKeys(
                        "efer",
                        "cr0",
                        "cr2",
                        "cr3",
                        "cr4",
                        "rsp",
                        "rip",
                        "rflags",
                        "gpa",
                        "vmcs_exit_interruption_info",
                        "vmcs_exit_qualification",
                        "exit_reason")
                .containsEntry("exit_reason", 0x4402 * 1001L)
                .containsEntry("vmcs_exit_qualification", 0x6400 * 1001L)
                .containsEntry("vmcs_exit_interruption_info", 0x4404 * 1001L)
                .containsEntry("gpa", 0x2400 * 1001L);
        assertThat(fake.count("locking")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"12, 6", "13, 6", "14, 11", "15, 11"})
    void capabilitiesAreReadAsFarAsTheKernelKnowsAny(int release, int known) throws Exception {
        VmId vm = vm("release " + release, "vm web0 2", "cap web0 1 0 1", "cap web0 1 2 0", "cap web0 0 1 1");
        StateReader reader = reader();

        RawState state = whole(reader.read(asked(vm, 1, 11)));

        Map<String, Capability> capabilities =
                dump(state, 1).vcpu(1).orElseThrow().capabilities();
        assertThat(capabilities)
                .hasSize(known)
                .containsEntry("hlt_exit", Capability.SET)
                .containsEntry("mtrap_exit", Capability.NOT_AVAILABLE)
                .containsEntry("pause_exit", Capability.NOT_SET)
                .containsEntry("unrestricted_guest", Capability.SET);
        int calls = 1 + Math.min(known + 1, 11);
        assertThat(fake.count("locking")).isEqualTo(calls);
        assertThat(reader.lockingCalls()).isEqualTo(calls);
    }

    @ParameterizedTest
    @ValueSource(ints = {13, 14})
    void theMemoryMapHasTheNamesAndLengthsThatTheKernelTells(int release) throws Exception {
        VmId vm = vm("release " + release, "vm web0 1");
        fake.tell(MEMORY);

        DumpText dump = dump(whole(reader().read(asked(vm, 0, 0))), 0);

        HumanSize rom = new HumanSize("16KB", 16384);
        assertThat(dump.vm().segments())
                .containsExactly(
                        new MemorySegment(0, new HumanSize("4GB", 1L << 32), "sysmem"),
                        new MemorySegment(1, rom, "bootrom"));
        assertThat(dump.vm().mappings())
                .containsExactly(
                        new MemoryMapping(0, new HumanSize("3GB", 3L << 30), "sysmem", 0, "RWX", true, false),
                        new MemoryMapping(0xffff_c000L, rom, "bootrom", 0, "R-X", false, false),
                        new MemoryMapping(
                                1L << 32, new HumanSize("1GB", 1L << 30), "sysmem", 0xc000_0000L, "RWX", true, true));
        assertThat(fake.count("locking")).isEqualTo(1);
    }

    @Test
    void from15OnSegmentsAreNamedByTheirIds() throws Exception {
        VmId vm = vm("release 15", "vm web0 1");
        for (int id : new int[] {0, 7, 8, 9, 10, 11}) {
            fake.tell("map web0 " + 4096 * (id + 1) + " " + id + " 0 4096 6 0");
        }

        DumpText dump = dump(whole(reader().read(asked(vm, 0, 0))), 0);

        assertThat(dump.vm().segments()).isEmpty();
        assertThat(dump.vm().mappings())
                .extracting(MemoryMapping::segment)
                .containsExactly("sysmem", "sysmem", "bootrom", "framebuffer", "pcirom", "segment11");
        assertThat(dump.vm().mappings())
                .allMatch(mapping -> mapping.protection().equals("-WX"));
    }

    @Test
    void on12ThereIsNoMemoryMapSinceItLocksAVcpu() throws Exception {
        VmId vm = vm("release 12", "vm web0 1");
        fake.tell(MEMORY);

        DumpText dump = dump(whole(reader().read(asked(vm, 0, 0))), 0);

        assertThat(dump.vm().mappings()).isEmpty();
        assertThat(fake.log()).noneMatch(line -> line.contains("MMAP") || line.contains("MEMSEG"));
    }

    @Test
    void aKernelThatDoesNotTellItsReleaseMayBe12() throws Exception {
        VmId vm = vm("vm web0 1", "sysctl kern.osreldate none");
        fake.tell(MEMORY);

        assertThat(whole(reader().read(asked(vm, 0, 0))).mappings()).isEmpty();
        assertThat(fake.log()).noneMatch(line -> line.contains("MMAP"));
    }

    @ParameterizedTest
    @CsvSource({"VM_RTC_GETTIME, 25", "VM_MMAP_GETNEXT, 12", "VM_GET_MEMSEG, 25"})
    void whatTheKernelDoesNotTellOfTheVmIsLeftOut(String call, int errno) throws Exception {
        VmId vm = vm("vm web0 1", "rtc web0 77", "error " + call + " " + errno + " 0 -1");
        fake.tell(MEMORY);

        RawState state = whole(reader().read(asked(vm, 0, 0)));

        assertThat(state.rtc()).isEqualTo(call.contains("RTC") ? OptionalLong.empty() : OptionalLong.of(77));
        assertThat(state.mappings()).hasSize(call.contains("MMAP") ? 0 : 3);
        assertThat(state.segments()).hasSize(call.contains("MEMSEG") ? 0 : 2);
        assertThat(dump(state, 0).vm().mappings())
                .allMatch(mapping -> List.of("sysmem", "bootrom").contains(mapping.segment()));
    }

    @Test
    void aClockThatShowsNoTimeIsNone() throws Exception {
        VmId vm = vm("vm web0 1", "rtc web0 9223372036854775807");

        assertThat(dump(whole(reader().read(asked(vm, 0, 0))), 0).vm().rtc()).isEqualTo(Optional.empty());
    }

    // ---- what is not

    @Test
    void otherArchitecturesAreToldAndNothingIsAsked() throws Exception {
        VmId vm = vm("vm web0 1");
        long before = fake.count("calls");

        Failure failure = failure(new StateReader(directory(), "aarch64").read(asked(vm, 0, 11)));

        assertThat(failure)
                .isEqualTo(new Failure(
                        Cause.NOT_STARTED, "registers are read on amd64 only, and this is aarch64: use bhyvectl"));
        assertThat(fake.count("calls")).isEqualTo(before);
    }

    @Test
    void aHostThatDoesNotTellItsVendorIsNotGuessedAt() throws Exception {
        VmId vm = vm("vm web0 1", "sysctl hw.vmm.vmx.initialized none");

        assertThat(failure(reader().read(asked(vm, 0, 11))))
                .isInstanceOfSatisfying(
                        Failure.class, f -> assertThat(f.cause()).isEqualTo(Cause.NOT_STARTED));
        assertThat(fake.count("opens")).isZero();
    }

    @Test
    void aVcpuThatIsNotActiveIsNotRead() throws Exception {
        VmId vm = vm("vm web0 3", "active web0 0,2");
        StateReader reader = reader();

        assertThat(failure(reader.read(asked(vm, 1, 11))))
                .isEqualTo(new Failure(Cause.NO_OUTPUT, "vCPU 1 is not active any more, so it is not read"));
        assertThat(reader.lockingCalls()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "open, 13, DENIED, devfs rule, 0",
        "open, 24, EXIT_STATUS, no file descriptor, 0",
        "VM_GET_CPUS, 1, DENIED, jail, 0",
        "VM_GET_TOPOLOGY, 6, GONE, VM_GET_TOPOLOGY, 0",
        "VM_RTC_GETTIME, 6, GONE, VM_RTC_GETTIME, 0",
        "VM_GET_REGISTER_SET, 6, GONE, went away, 1",
        "VM_GET_REGISTER_SET, 22, EXIT_STATUS, 'VM_GET_REGISTER_SET of vCPU 0: EINVAL (22)', 1",
        "VM_GET_REGISTER_SET, 1, EXIT_STATUS, 'EPERM (1): this CPU lacks', 1",
        "VM_GET_REGISTER_SET, 2, EXIT_STATUS, 'ENOENT (2): this CPU lacks', 1",
        "VM_GET_CAPABILITY, 16, EXIT_STATUS, 'VM_GET_CAPABILITY of vCPU 0: EBUSY (16)', 2",
        "VM_GET_CAPABILITY, 6, GONE, VM_GET_CAPABILITY, 2"
    })
    void everyErrorHasItsCause(String call, int errno, Cause cause, String text, int locking) throws Exception {
        VmId vm = vm("vm web0 1", "error " + call + " " + errno + " 0 -1");
        StateReader reader = reader();

        Failure failure = failure(reader.read(asked(vm, 0, 11)));

        assertThat(failure.cause()).isEqualTo(cause);
        assertThat(failure.detail()).contains(text);
        assertThat(reader.lockingCalls()).isEqualTo(locking);
    }

    @Test
    void aVmMayVanishBeforeAnyOfTheCalls() throws Exception {
        VmId vm = vm();
        // Both sets, topology, four mappings, five segments, the clock, the registers, eleven capabilities.
        int calls = 2 + 1 + 4 + 5 + 1 + 1 + 11;
        for (int i = 0; i <= calls; i++) {
            fake.tell("vm web0 1", "vanish web0 " + i);
            fake.tell(MEMORY);

            RawReading reading = reader().read(asked(vm, 0, 11));

            // What is missing of the memory map is left out; the call after it tells.
            assertThat(reading instanceof RawReading.Whole).as("after %d", i).isEqualTo(i == calls);
            if (reading instanceof RawReading.Not not) {
                assertThat(not.failure().cause()).isEqualTo(Cause.GONE);
            }
            fake.tell("reset", "log on");
        }
    }

    @Test
    void aVmThatIsNotTheListedOneIsNotRead() throws Exception {
        VmId vm = vm("vm web0 1");
        Files.delete(dir.resolve("web0"));
        assertThat(failure(reader().read(asked(vm, 0, 0))).cause()).isEqualTo(Cause.GONE);
        Files.createFile(dir.resolve("web0"));

        assertThat(failure(reader().read(asked(vm, 0, 0))).cause()).isEqualTo(Cause.GONE);
        assertThat(fake.count("opens")).isZero();
    }
}
