package org.bhyvescope.libc;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VmmLayoutTest {
    private final Map<String, Long> ours = new TreeMap<>();

    @Test
    void aCCompilerGivesTheSameOffsetsSizesAndRequests() throws Exception {
        put("vm_stats size", VmmLayout.STATS_SIZE);
        put("vm_stats.cpuid", VmmLayout.STATS_CPUID);
        put("vm_stats.index", VmmLayout.STATS_INDEX);
        put("vm_stats.num_entries", VmmLayout.STATS_ENTRIES);
        put("vm_stats.statbuf", VmmLayout.STATS_VALUES);
        put("vm_stats_old size", VmmLayout.OLD_STATS_SIZE);
        put("vm_stats_old.cpuid", VmmLayout.OLD_STATS_CPUID);
        put("vm_stats_old.num_entries", VmmLayout.OLD_STATS_ENTRIES);
        put("vm_stats_old.statbuf", VmmLayout.OLD_STATS_VALUES);
        put("vm_stat_desc size", VmmLayout.DESC_SIZE);
        put("vm_stat_desc.index", VmmLayout.DESC_INDEX);
        put("vm_stat_desc.desc", VmmLayout.DESC_TEXT);
        put("vm_cpuset size", VmmLayout.CPUSET_SIZE);
        put("vm_cpuset.which", VmmLayout.CPUSET_WHICH);
        put("vm_cpuset.cpusetsize", VmmLayout.CPUSET_SET_SIZE);
        put("vm_cpuset.cpus", VmmLayout.CPUSET_ADDRESS);
        put("vm_cpu_topology size", VmmLayout.TOPOLOGY_SIZE);
        put("vm_cpu_topology.sockets", VmmLayout.TOPOLOGY_SOCKETS);
        put("vm_cpu_topology.cores", VmmLayout.TOPOLOGY_CORES);
        put("vm_cpu_topology.threads", VmmLayout.TOPOLOGY_THREADS);
        put("vm_cpu_topology.maxcpus", VmmLayout.TOPOLOGY_MAX_CPUS);
        put("vm_register_set size", VmmLayout.REGISTERS_SIZE);
        put("vm_register_set.cpuid", VmmLayout.REGISTERS_CPUID);
        put("vm_register_set.count", VmmLayout.REGISTERS_COUNT);
        put("vm_register_set.regnums", VmmLayout.REGISTERS_NUMBERS);
        put("vm_register_set.regvals", VmmLayout.REGISTERS_VALUES);
        put("vm_capability size", VmmLayout.CAPABILITY_SIZE);
        put("vm_capability.cpuid", VmmLayout.CAPABILITY_CPUID);
        put("vm_capability.captype", VmmLayout.CAPABILITY_TYPE);
        put("vm_capability.capval", VmmLayout.CAPABILITY_VALUE);
        put("vm_memmap size", VmmLayout.MAPPING_SIZE);
        put("vm_memmap.gpa", VmmLayout.MAPPING_ADDRESS);
        put("vm_memmap.segid", VmmLayout.MAPPING_SEGMENT);
        put("vm_memmap.segoff", VmmLayout.MAPPING_OFFSET);
        put("vm_memmap.len", VmmLayout.MAPPING_LENGTH);
        put("vm_memmap.prot", VmmLayout.MAPPING_PROTECTION);
        put("vm_memmap.flags", VmmLayout.MAPPING_FLAGS);
        put("vm_memseg size", VmmLayout.SEGMENT_SIZE);
        put("vm_memseg.segid", VmmLayout.SEGMENT_ID);
        put("vm_memseg.len", VmmLayout.SEGMENT_LENGTH);
        put("vm_memseg.name", VmmLayout.SEGMENT_NAME);
        put("vm_rtc_time size", VmmLayout.RTC_SIZE);
        put("vm_rtc_time.secs", VmmLayout.RTC_SECONDS);
        for (VmmRequest request : VmmRequest.values()) {
            put(request.name(), request.number());
        }

        assertThat(ours).isEqualTo(compiled());
    }

    @Test
    void theAllowListIsOfReadingRequestsOnly() {
        assertThat(VmmRequest.values())
                .extracting(request -> Long.toHexString(request.number()))
                .as("libvmmapi.md, section 3")
                .containsExactly(
                        "c2207632",
                        "c2187632",
                        "c0847633",
                        "8010765b",
                        "40087640",
                        "c0187619",
                        "c0107603",
                        "c0287611",
                        "c020760f",
                        "40087667");
    }

    private void put(String name, long value) {
        ours.put(name, value);
    }

    private static Map<String, Long> compiled() throws IOException, InterruptedException {
        Process program =
                new ProcessBuilder(Gcc.program("vmm-layout", "vmm-layout.c").toString()).start();
        Map<String, Long> all = new TreeMap<>();
        new String(program.getInputStream().readAllBytes(), US_ASCII).lines().forEach(line -> {
            int blank = line.lastIndexOf(' ');
            all.put(line.substring(0, blank), Long.parseLong(line.substring(blank + 1)));
        });
        assertThat(program.waitFor()).isZero();
        return all;
    }
}
