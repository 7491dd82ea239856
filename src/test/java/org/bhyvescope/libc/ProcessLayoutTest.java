package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ProcessLayoutTest {
    @Test
    void aCCompilerGivesTheSameOffsetsAndSizes() throws Exception {
        Map<String, Long> ours = new TreeMap<>(Map.ofEntries(
                Map.entry("kinfo_proc size", (long) KinfoProcLayout.SIZE),
                Map.entry("kinfo_proc.structsize", (long) KinfoProcLayout.STRUCT_SIZE),
                Map.entry("kinfo_proc.pid", (long) KinfoProcLayout.PID),
                Map.entry("kinfo_proc.ppid", (long) KinfoProcLayout.PARENT),
                Map.entry("kinfo_proc.ruid", (long) KinfoProcLayout.REAL_UID),
                Map.entry("kinfo_proc.rssize", (long) KinfoProcLayout.RESIDENT_PAGES),
                Map.entry("kinfo_proc.start", (long) KinfoProcLayout.START),
                Map.entry("kinfo_proc.stat", (long) KinfoProcLayout.STATE),
                Map.entry("kinfo_proc.tdname", (long) KinfoProcLayout.THREAD_NAME),
                Map.entry("kinfo_proc.wmesg", (long) KinfoProcLayout.WAIT_MESSAGE),
                Map.entry("kinfo_proc.comm", (long) KinfoProcLayout.COMMAND),
                Map.entry("kinfo_proc.moretdname", (long) KinfoProcLayout.MORE_THREAD_NAME),
                Map.entry("kinfo_proc.jid", (long) KinfoProcLayout.JAIL),
                Map.entry("kinfo_proc.tid", (long) KinfoProcLayout.THREAD),
                Map.entry("kinfo_proc.rusage.utime", (long) KinfoProcLayout.USER_TIME),
                Map.entry("kinfo_proc.rusage.stime", (long) KinfoProcLayout.SYSTEM_TIME),
                Map.entry("kevent size", (long) KeventLayout.SIZE),
                Map.entry("kevent.ident", (long) KeventLayout.IDENT),
                Map.entry("kevent.filter", (long) KeventLayout.FILTER),
                Map.entry("kevent.flags", (long) KeventLayout.FLAGS),
                Map.entry("kevent.fflags", (long) KeventLayout.FILTER_FLAGS),
                Map.entry("kevent.data", (long) KeventLayout.DATA)));
        Process program =
                new ProcessBuilder(Gcc.program("proc-layout", "proc-layout.c").toString()).start();

        Map<String, Long> compiled = new TreeMap<>();
        new String(program.getInputStream().readAllBytes(), US_ASCII).lines().forEach(line -> {
            int blank = line.lastIndexOf(' ');
            compiled.put(line.substring(0, blank), Long.parseLong(line.substring(blank + 1)));
        });
        assertThat(program.waitFor()).isZero();
        assertThat(ours).isEqualTo(compiled);
    }

    @Test
    void theAllowListIsOfKernProcOnly() {
        assertThat(ProcessRequest.values())
                .extracting(request -> request.name(77))
                .as("host.md, section 1")
                .containsExactly(
                        new int[] {1, 14, 8, 77}, new int[] {1, 14, 1, 77}, new int[] {1, 14, 17, 77}, new int[] {
                            1, 14, 7, 77
                        });
    }
}
