package org.bhyvescope.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.bhyvescope.host.BhyveProcess.VcpuThread;
import org.bhyvescope.os.Children;
import org.bhyvescope.os.Scripts;
import org.bhyvescope.os.Tools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ToolProcessesTest {
    private static final Path DEMO = Path.of("src/demo").toAbsolutePath();

    @TempDir
    Path dir = Path.of("");

    private final Children children = Scripts.quickChildren();

    @AfterEach
    void killAll() {
        children.close();
    }

    private ToolProcesses table(boolean root) {
        return new ToolProcesses(
                new Tools(Optional.of(dir)),
                children,
                System::nanoTime,
                System::currentTimeMillis,
                root,
                file -> Optional.of("name=of " + file));
    }

    private static ProcessListing.Listed listed(ToolProcesses table) throws InterruptedException {
        ProcessListing listing = table.list();
        assertThat(listing).isInstanceOf(ProcessListing.Listed.class);
        return (ProcessListing.Listed) listing;
    }

    private void script(String tool, String body) {
        Scripts.write(dir.resolve(tool), "echo \"$0 $*\" >>" + dir + "/calls\n" + body);
    }

    private void prints(String tool, String resource) throws IOException {
        Files.writeString(dir.resolve(resource), ToolTextsTest.text(resource));
        script(tool, "exec /bin/cat " + dir.resolve(resource) + "\n");
    }

    private void procstat(String json) throws IOException {
        for (String resource : List.of("procstat-t.txt", "procstat-t.json", "procstat-rH.txt")) {
            Files.writeString(dir.resolve(resource), ToolTextsTest.text(resource));
        }
        script(
                "procstat",
                "case $1 in --libxo) " + json + " ;; -t) cat " + dir + "/procstat-t.txt ;;" + " -rH) cat " + dir
                        + "/procstat-rH.txt; exit 1 ;; esac\n");
    }

    private String calls() {
        return Scripts.read(dir.resolve("calls")).replace(dir + "/", "");
    }

    @Test
    void allOfAProcessIsRead() throws Exception {
        prints("ps", "ps-14.txt");
        procstat("cat " + dir + "/procstat-t.json");
        script("sysctl", "echo 'security.jail.jailed: 0'\necho 'security.bsd.see_other_uids: 1'\n");

        ToolProcesses table = table(false);
        ProcessListing.Listed listing = listed(table);

        assertThat(listing.complete()).isTrue();
        assertThat(listing.processes())
                .extracting(BhyveProcess::vm)
                .containsExactly("gpu-box.example", "waiting", "web0");
        BhyveProcess web = listing.processes().get(2);
        assertThat(web)
                .isEqualTo(new BhyveProcess(
                        web.id(),
                        "web0",
                        1811,
                        0,
                        OptionalLong.of(131412 * 1024),
                        OptionalLong.of(131_370_000),
                        OptionalLong.of((38901 * 60 + 44) * 1_000_000L + 50_000),
                        List.of(
                                new VcpuThread(0, OptionalLong.of(2_289_663_345_679L), ""),
                                new VcpuThread(1, OptionalLong.of(86_400_000_002L), "vmidle"),
                                new VcpuThread(2, OptionalLong.of(999_999), "vmidle"),
                                new VcpuThread(11, OptionalLong.empty(), "")),
                        List.of()));
        assertThat(web.id().pid()).isEqualTo(1902);
        assertThat(System.currentTimeMillis() * 1000 - web.id().startMicros())
                .isBetween(90_010_000_000L - 1000, 90_010_000_000L + Scripts.PATIENCE.toNanos() / 1000);
        assertThat(BhyveArguments.parse(listing.processes().get(1).arguments(), file -> Optional.empty()))
                .isEqualTo(new BhyveArguments(Optional.of("waiting"), List.of("pci0:3:0:0"), true, true, true));
        assertThat(calls().lines().map(line -> line.replaceFirst(" .*", "")))
                .containsExactly("ps", "procstat", "procstat", "sysctl");
        assertThat(calls()).contains("procstat --libxo json -t 1902 2203 2240 2251\n");
        assertThat(table.interval()).isEqualTo(Duration.ofSeconds(10));

        assertThat(listed(table).processes()).extracting(BhyveProcess::id).contains(web.id());
        assertThat(calls().lines().filter(line -> line.startsWith("sysctl"))).hasSize(1);
    }

    @Test
    void invalidJsonIsAskedForAgainAsText() throws Exception {
        prints("ps", "ps-13.txt");
        procstat("head -c 300 " + dir + "/procstat-t.json");

        assertThat(listed(table(true)).processes().get(2).vcpus())
                .extracting(VcpuThread::vcpu, VcpuThread::waitChannel)
                .containsExactly(tuple(0, ""), tuple(1, "vmidle"), tuple(2, "vmidle"), tuple(11, ""));
        assertThat(calls()).contains("procstat -t 1902 2203 2240 2251\n");
    }

    @Test
    void withoutProcstatProcessesAreKnownAllTheSame() throws Exception {
        prints("ps", "ps-15.txt");

        assertThat(listed(table(true)).processes())
                .extracting(BhyveProcess::vm, BhyveProcess::vcpus)
                .containsExactly(
                        tuple("gpu-box.example", List.of()), tuple("waiting", List.of()), tuple("web0", List.of()));
    }

    @Test
    void whereNothingIsSaidOfVisibilityTheListIsNotComplete() throws Exception {
        prints("ps", "ps-14.txt");
        assertThat(listed(table(true)).complete()).isFalse();

        script("sysctl", "echo 'security.jail.jailed: 0'\necho 'security.bsd.see_other_uids: 0'\n");
        assertThat(listed(table(false)).complete()).isFalse();
        assertThat(listed(table(true)).complete()).isTrue();
    }

    @Test
    void oneWithoutANameLeavesTheListIncomplete() throws Exception {
        script("sysctl", "echo 'security.jail.jailed: 0'\n");
        script("ps", "echo '7 1 0 100 0:00.00 0:00.00 5 bhyve (bhyve)'\n");

        assertThat(listed(table(true))).isEqualTo(new ProcessListing.Listed(List.of(), false));
    }

    @Test
    void noVmCostsOneProcess() throws Exception {
        script("ps", "echo '1 0 0 100 0:00.00 0:00.00 5 init /sbin/init'\n");
        script("sysctl", "echo 'security.jail.jailed: 0'\n");
        ToolProcesses table = table(true);

        assertThat(listed(table)).isEqualTo(new ProcessListing.Listed(List.of(), true));
        assertThat(listed(table)).isEqualTo(new ProcessListing.Listed(List.of(), true));
        assertThat(calls().lines().map(line -> line.replaceFirst(" .*", ""))).containsExactly("ps", "sysctl", "ps");
    }

    @Test
    void aPsThatCannotBeRunOrUnderstoodIsAFailureThatSaysWhatToDo() throws Exception {
        assertThat(detail())
                .startsWith("cannot list processes with " + dir + "/ps: ")
                .endsWith("Run \"" + dir
                        + "/ps -axww -o pid= -o ppid= -o jid= -o rss= -o usertime= -o systime= -o etimes="
                        + " -o ucomm= -o args=\" as the agent's user to see why");

        script("ps", "echo 'ps: etimes: keyword not found' >&2\nexit 1\n");
        assertThat(detail()).contains("exit status 1: ps: etimes: keyword not found; ");

        script("ps", "exit 0\n");
        assertThat(detail()).contains("exit status 0; ");
    }

    private String detail() throws InterruptedException {
        ProcessListing listing = table(true).list();
        assertThat(listing).isInstanceOf(ProcessListing.Failed.class);
        return ((ProcessListing.Failed) listing).detail();
    }

    /** The look-alikes of the simulated host, as an installed one has them: beside a folder of processes. */
    @Test
    void theSimulatedHostIsRead() throws Exception {
        for (String tool : List.of("ps", "procstat")) {
            Files.copy(DEMO.resolve(tool), dir.resolve(tool), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Path processes = Files.createDirectory(dir.resolve("processes"));
        double start = System.currentTimeMillis() / 1000.0 - 200_000;
        Files.writeString(
                processes.resolve("812"), "vm web0\nstart " + start + "\nvcpus 3\nidle 1\nppid 611\ntitle yes\n");
        Files.writeString(
                processes.resolve("99123"),
                "vm gpu\nstart " + start + "\ntitle no\nargs bhyve -c 1 -S -s 5,passthru,ppt3 gpu\n");
        ToolProcesses table = table(true);
        List<BhyveProcess> found = listed(table).processes();

        assertThat(found)
                .extracting(
                        BhyveProcess::vm,
                        BhyveProcess::parent,
                        process -> process.arguments().size())
                .containsExactly(tuple("gpu", 1, 7), tuple("web0", 611, 0));
        BhyveProcess web = found.get(1);
        assertThat(web.vcpus())
                .extracting(VcpuThread::vcpu, VcpuThread::waitChannel)
                .containsExactly(tuple(0, ""), tuple(1, "vmidle"), tuple(2, ""));
        long threads = web.vcpus().stream()
                .mapToLong(thread -> thread.cpuMicros().orElseThrow())
                .sum();
        assertThat(threads - web.systemMicros().orElseThrow())
                .as("procstat came after ps")
                .isBetween(-20_000L, Scripts.PATIENCE.toNanos() / 1000);
        assertThat(web.systemMicros().orElseThrow()).isBetween(222_000_000_000L, 222_100_000_000L);
        assertThat(web.userMicros().orElseThrow()).isBetween(4_000_000_000L, 4_010_000_000L);

        Files.delete(processes.resolve("99123"));
        List<BhyveProcess> later = listed(table).processes();
        assertThat(later).extracting(BhyveProcess::id).containsExactly(web.id());
        assertThat(later.get(0).systemMicros().orElseThrow())
                .isGreaterThanOrEqualTo(web.systemMicros().orElseThrow());
    }
}
