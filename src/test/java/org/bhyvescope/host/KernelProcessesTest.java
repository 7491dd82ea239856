package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.libc.ProcessSysctls;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KernelProcessesTest {
    private static final long START = 1_700_000_000_250_000L;

    private final FakeVmm fake = FakeVmm.fresh("proc 812 web0 start 1700000000 250000 vcpus 2");
    private final ProcessSysctls sysctls = new ProcessSysctls();
    private final KernelProcesses table = new KernelProcesses(
            sysctls, OwnProcess.asked(sysctls).orElseThrow(), file -> Optional.of("name=of " + file));

    @AfterEach
    void nothingWasWritten() {
        assertThat(fake.count("violations")).isZero();
    }

    private ProcessListing.Listed listed() {
        ProcessListing listing = table.list();
        assertThat(listing).isInstanceOf(ProcessListing.Listed.class);
        return (ProcessListing.Listed) listing;
    }

    private List<String> names() {
        return listed().processes().stream().map(BhyveProcess::vm).toList();
    }

    @Test
    void allOfAProcessIsRead() {
        fake.tell(
                "ppid 812 800",
                "jail 812 4",
                "rss 812 1000",
                "sysctl hw.pagesize int 16384",
                "cpu 812 1500000 3600000001",
                "vcpu 812 0 1000 2000 vmidle",
                "vcpu 812 1 5 6 -");

        assertThat(listed())
                .isEqualTo(new ProcessListing.Listed(
                        List.of(new BhyveProcess(
                                new BhyveProcess.Id(812, START),
                                "web0",
                                800,
                                4,
                                OptionalLong.of(16_384_000),
                                OptionalLong.of(1_500_000),
                                OptionalLong.of(3_600_000_001L),
                                List.of(
                                        new VcpuThread(0, OptionalLong.of(3000), "vmidle"),
                                        new VcpuThread(1, OptionalLong.of(11), "")),
                                List.of())),
                        true));
        assertThat(table.interval()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void onlyBhyvesOwnExecutableCounts() {
        fake.tell(
                "proc 900 x start 1 0 vcpus 1 untitled bhyve: other",
                "comm 900 vi",
                "proc 901 y start 1 0 vcpus 1",
                "comm 901 bhyvectl");

        assertThat(listed().processes()).extracting(BhyveProcess::vm).containsExactly("web0");
        assertThat(listed().complete()).isTrue();
    }

    @Test
    void withoutATitleTheArgumentsTellTheName() {
        fake.tell(
                "proc 900 x start 1 0 vcpus 0 untitled bhyve -c 2 -s 5,passthru,3/0/0 gpu",
                "proc 901 y start 1 0 vcpus 0 untitled bhyve -k /vm/a.conf");

        assertThat(listed().processes())
                .extracting(BhyveProcess::vm, BhyveProcess::arguments)
                .containsExactly(
                        tuple("gpu", List.of("bhyve", "-c", "2", "-s", "5,passthru,3/0/0", "gpu")),
                        tuple("of /vm/a.conf", List.of("bhyve", "-k", "/vm/a.conf")),
                        tuple("web0", List.of()));
    }

    @Test
    void aFileInsideAJailIsNotRead() {
        fake.tell("proc 900 x start 1 0 vcpus 0 untitled bhyve -k /vm/a.conf", "jail 900 2");

        assertThat(names()).containsExactly("web0");
        assertThat(listed().complete()).as("it may be any VM's").isFalse();
    }

    @Test
    void allOfOneNameAreListed() {
        fake.tell("proc 700 web0 start 1700000001 0 vcpus 1", "proc 900 web0 start 1699999999 0 vcpus 1");

        assertThat(listed().processes())
                .filteredOn(process -> process.vm().equals("web0"))
                .extracting(process -> process.id().pid())
                .contains(700, 900);
    }

    @Test
    void oneThatGoesWhileItIsReadIsLeftOut() {
        fake.tell("proc 900 gone start 1 0 vcpus 1", "error kern.proc.args 3 0 1 900", "error kern.proc 3 0 1 900");
        ProcessListing.Listed listing = listed();
        assertThat(listing.processes()).extracting(BhyveProcess::vm).containsExactly("web0");
        assertThat(listing.complete()).isTrue();

        fake.tell("error kern.proc 3 0 1 900");
        assertThat(names()).as("between arguments and threads").containsExactly("web0");
        assertThat(names()).containsExactly("gone", "web0");
    }

    @Test
    void onePidThatIsAnothersBetweenTwoCallsIsLeftOut() {
        // The list, our own process, the arguments: then the threads are those of another.
        fake.tell("later 3 start 812 1700000050 0");

        assertThat(names()).isEmpty();
        assertThat(names()).containsExactly("web0");
    }

    @Test
    void aZombieIsNoneAnyMore() {
        fake.tell("zombie 812 256");

        assertThat(listed()).isEqualTo(new ProcessListing.Listed(List.of(), true));
    }

    @Test
    void oneWhoseNameCannotBeReadLeavesTheListIncomplete() {
        fake.tell("noargs 812");
        assertThat(listed()).isEqualTo(new ProcessListing.Listed(List.of(), false));

        fake.tell("proc 900 b start 1 0 vcpus 1", "error kern.proc.args 1 0 1 900");
        assertThat(listed().complete()).isFalse();
    }

    @Test
    void withoutItsThreadsAProcessIsKnownAllTheSame() {
        fake.tell("error kern.proc 1 0 1 812");

        assertThat(listed().processes()).singleElement().satisfies(process -> {
            assertThat(process.vm()).isEqualTo("web0");
            assertThat(process.vcpus()).isEmpty();
        });
    }

    @Test
    void whatMayBeHiddenIsSaidToBe() {
        fake.tell("hide 812", "uid self 1001", "sysctl security.bsd.see_other_uids int 0");
        assertThat(listed()).isEqualTo(new ProcessListing.Listed(List.of(), false));

        fake.tell("uid self 0");
        assertThat(listed().complete()).as("root").isTrue();

        fake.tell("sysctl security.jail.jailed int 1");
        assertThat(listed().complete()).as("root in a jail").isFalse();
    }

    @Test
    void theIdentityStaysWhereTheClockIsSet() {
        fake.tell("cpu 812 5 0");
        BhyveProcess.Id before = listed().processes().get(0).id();
        fake.tell("start self 1003600 0", "start 812 1700003600 250000");

        assertThat(listed().processes())
                .extracting(BhyveProcess::id)
                .containsExactly(before)
                .containsExactly(new BhyveProcess.Id(812, START));

        fake.tell("proc 900 late start 1700003700 0 vcpus 1");
        assertThat(listed().processes())
                .extracting(BhyveProcess::id)
                .as("by the clock as it stood at first")
                .contains(new BhyveProcess.Id(900, 1_700_000_100_000_000L));
    }

    @Test
    void aPidThatIsAnothersIsAnotherProcess() {
        BhyveProcess.Id before = listed().processes().get(0).id();
        fake.tell("exit 812 0", "proc 812 web0 start 1700000100 0 vcpus 1");

        assertThat(listed().processes().get(0).id())
                .isNotEqualTo(before)
                .isEqualTo(new BhyveProcess.Id(812, 1_700_000_100_000_000L));
    }

    @Test
    void aKernelThatIsNotUnderstoodIsAFailure() {
        fake.tell("structsize 1104");

        assertThat(table.list())
                .isEqualTo(new ProcessListing.Failed("struct kinfo_proc of 1104 bytes instead of 1088"));
    }

    @Test
    void withoutAPageSizeResidentMemoryIsNotKnown() {
        fake.tell("sysctl hw.pagesize none");

        assertThat(listed().processes().get(0).residentBytes()).isEmpty();
    }
}
