package org.bhyvescope.hypervisor.vmmdev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bhyvescope.hypervisor.Reading;
import org.bhyvescope.hypervisor.Reading.Cause;
import org.bhyvescope.hypervisor.Reading.Failure;
import org.bhyvescope.hypervisor.Snapshot;
import org.bhyvescope.hypervisor.VmDirectory;
import org.bhyvescope.hypervisor.VmId;
import org.bhyvescope.hypervisor.VmListing;
import org.bhyvescope.libc.FakeVmm;
import org.bhyvescope.os.Allowance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** VMs that are created and destroyed by the thousand while they are read, in a JVM of its own, whose heap does not grow. */
@Timeout(120)
class VmLivesTest {
    private static final int LIVES = 10_000;
    private static final int LARGEST_GROWTH_KIB = 4096;

    @Test
    void tenThousandVmsLeaveNothingBehind(@TempDir Path nodes, TestReporter report) throws Exception {
        Process lives = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xms48m",
                        "-Xmx48m",
                        "-Xmn8m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-UseDynamicNumberOfCompilerThreads",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Lives.class.getName(),
                        nodes.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(lives.getInputStream().readAllBytes(), UTF_8).strip();
        report.publishEntry("lives", said);

        assertThat(said).matches("(\\w+=-?\\d+ ?)+");
        Map<String, Long> figures = figures(said);
        assertThat(figures.get("lives")).isEqualTo(LIVES);
        assertThat(figures.get("opens")).as("VMs were read").isGreaterThan(LIVES / 20);
        assertThat(figures.get("samples")).isGreaterThan(LIVES / 20);
        assertThat(figures.get("vanished")).as("while they were read").isPositive();
        assertThat(figures.get("strange")).as("other failures").isZero();
        assertThat(figures.get("violations")).isZero();
        assertThat(figures.get("open")).isZero();
        // One more may be in use at the moment of counting, by the thread that lists; a leak would be of thousands.
        assertThat(figures.get("descriptors")).as("growth").isLessThanOrEqualTo(2);
        assertThat(figures.get("threads")).as("growth").isLessThanOrEqualTo(0);
        assertThat(figures.get("kib")).as("growth").isLessThan(LARGEST_GROWTH_KIB);
    }

    private static Map<String, Long> figures(String line) {
        Map<String, Long> all = new java.util.HashMap<>();
        for (String each : List.of(line.split(" "))) {
            all.put(each.substring(0, each.indexOf('=')), Long.parseLong(each.substring(each.indexOf('=') + 1)));
        }
        return all;
    }

    /** One thread creates and destroys, one lists, one reads. */
    static final class Lives {
        private static final int MOST_VMS = 12;
        private static final int WARM_UP = 2000;

        private final Path nodes;
        private final FakeVmm fake = FakeVmm.fresh("log off");
        private final Random random = new Random(20261124);
        private final VmmdevHypervisor hypervisor;
        private final AtomicBoolean done = new AtomicBoolean();
        private final AtomicLong samples = new AtomicLong();
        private final AtomicLong vanished = new AtomicLong();
        private final AtomicLong strange = new AtomicLong();
        private volatile VmListing listing = new VmListing.NoVmm("");
        private int lives;

        private Lives(Path nodes) {
            this.nodes = nodes;
            this.hypervisor = new VmmdevHypervisor(
                    new VmDirectory(nodes, name -> true), InstantSource.system(), System::nanoTime);
        }

        public static void main(String[] args) throws Exception {
            new Lives(Path.of(args[0])).run();
        }

        private void run() throws Exception {
            List<Thread> threads = List.of(new Thread(this::list), new Thread(this::read));
            threads.forEach(Thread::start);
            live(WARM_UP);
            Cost early = Cost.now();
            live(LIVES);
            Cost late = Cost.now();
            done.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            long opens = fake.count("opens");
            hypervisor.close();
            System.out.println("lives=" + lives + " opens=" + opens + " samples=" + samples + " vanished=" + vanished
                    + " strange=" + strange + " violations=" + fake.count("violations") + " open=" + fake.count("open")
                    + " descriptors=" + (late.descriptors - early.descriptors) + " threads="
                    + (late.threads - early.threads) + " kib=" + (late.kib - early.kib));
        }

        private void live(int until) throws IOException {
            while (lives < until) {
                int i = random.nextInt(MOST_VMS);
                Path node = nodes.resolve("vm" + i);
                if (Files.exists(node)) {
                    fake.tell("destroy vm" + i);
                    Files.delete(node);
                } else {
                    fake.tell("vm vm" + i + " " + (1 + random.nextInt(4)));
                    Files.createFile(node);
                    lives++;
                }
            }
        }

        private void list() {
            while (!done.get()) {
                listing = hypervisor.vms();
            }
        }

        private void read() {
            try {
                while (!done.get()) {
                    List<VmId> vms = listing instanceof VmListing.Listed listed ? listed.vms() : List.of();
                    for (VmId vm : vms) {
                        count(hypervisor.read(vm, Allowance.of(Duration.ofSeconds(30))));
                    }
                }
            } catch (InterruptedException e) {
                strange.incrementAndGet();
            }
        }

        private void count(Reading reading) {
            if (reading instanceof Snapshot) {
                samples.incrementAndGet();
            } else if (reading instanceof Failure failure
                    && (failure.cause() == Cause.GONE || failure.cause() == Cause.REPLACED)) {
                vanished.incrementAndGet();
            } else {
                strange.incrementAndGet();
            }
        }
    }

    /** What this process has of each: Linux's /proc. */
    private record Cost(long kib, long threads, long descriptors) {
        static Cost now() throws IOException {
            System.gc();
            Map<String, String> status = new java.util.HashMap<>();
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                status.put(line.substring(0, line.indexOf(':')), line.replaceAll("\\D", ""));
            }
            try (var open = Files.list(Path.of("/proc/self/fd"))) {
                return new Cost(
                        Long.parseLong(status.getOrDefault("VmRSS", "0")),
                        Long.parseLong(status.getOrDefault("Threads", "0")),
                        open.count());
            }
        }
    }
}
