package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the real program says about its own effect on the guests. */
class EffectE2eTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String VM = "scripted";
    private static final String READS = "bhyvescope_vcpu_reads_total";
    private static final String LOCKING = "bhyvescope_locking_reads_total";
    private static final String SEEN = "bhyvescope_idle_requests_seen_total";

    @TempDir
    Path directory;

    /** A host with one VM of two vCPUs that were asked to stand still before. */
    private TestHost host() throws Exception {
        TestHost host = TestHost.hostile(directory, List.of());
        host.active(VM, "0, 1");
        host.idleRequests(VM, 0, 100);
        host.idleRequests(VM, 1, 100);
        host.create(VM);
        return host;
    }

    private Map<String, String> release(int version) throws Exception {
        Path sysctl =
                Files.writeString(directory.resolve("sysctl"), "#!/bin/sh\necho 'kern.osreldate: " + version + "'\n");
        Files.setPosixFilePermissions(sysctl, PosixFilePermissions.fromString("rwxr-xr-x"));
        return Map.of("BHYVESCOPE_JAVA_OPTS", "-Dbhyvescope.tools=" + directory);
    }

    @Test
    void whereReadingLocksEveryReadIsALockingOneAndRequestsOfAnybodyAreSeen() throws Exception {
        TestHost host = host();
        try (Program agent = Program.agent(host, release(1_500_000), "--stats.interval=1s", "--state.interval=0")) {
            Page page = agent.metricsWhen(
                    LONG,
                    now -> now.find(READS).orElse(0) >= 4 && now.find(LOCKING).equals(now.find(READS)));
            assertThat(page.value(SEEN))
                    .as("what was counted before the first sample")
                    .isZero();
            host.idleRequests(VM, 0, 103);
            host.idleRequests(VM, 1, 104);
            agent.metricsWhen(LONG, now -> now.is(SEEN, 7));
            double reads = agent.metrics().value(READS);
            agent.metricsWhen(LONG, now -> now.value(READS) >= reads + 4 && now.is(SEEN, 7));
        }
    }

    @Test
    void whereReadingDoesNotLockNoReadIsALockingOne() throws Exception {
        try (Program agent = Program.agent(host(), release(1_403_000), "--state.interval=0")) {
            Page page = agent.metricsWhen(LONG, now -> now.find(READS).orElse(0) >= 4);
            assertThat(page.value(LOCKING)).isZero();
        }
    }
}
