package org.bhyvescope.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What must hold whatever one VM, bhyvectl or the host does: the rest is fresh, and nothing piles up. */
final class Health {
    /** Age in seconds at which a sample is stale: a few intervals, and room for a busy test machine. */
    static final double STALE = 8;

    private static final Duration LONG = Duration.ofSeconds(60);

    private Health() {}

    /** The newest sample of a VM that nothing is wrong with is young. */
    static void isFresh(Page page, String vm) {
        assertThat(page.age(vm)).as("age of the sample of " + vm + ", seconds").isLessThan(STALE);
    }

    /** Descriptors, threads and memory are bounded. */
    static void isBounded(Program agent, Page page) throws Exception {
        assertThat(page.value("process_files_open_files")).as("descriptors").isLessThan(80);
        assertThat(page.value("jvm_threads_live_threads")).as("threads").isLessThan(64);
        Path status = Path.of("/proc/" + agent.handle().pid() + "/status");
        if (Files.exists(status)) {
            long kilobytes = Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
            assertThat(kilobytes).as("resident memory, KiB").isLessThan(120_000);
        }
    }

    /** Between two readings there is a moment without any child, unless one was left behind. */
    static void leavesNoProcess(Program agent) throws Exception {
        Program.await(LONG, () -> agent.handle().descendants().findAny().isEmpty() ? true : null);
    }
}
