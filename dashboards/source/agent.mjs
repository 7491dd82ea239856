// What the monitor costs, and how well it reads.
import {
  HOST, dashboard, graph, grown, highest, line, matching, peak, rate, steps, table,
} from './lib.mjs';

const CHILDREN = `bhyvescope_children_cpu_seconds_total{${HOST}}`;
const NAMED = '{{instance}}';
const byHost = (expr) => `sum by (instance) (${expr})`;
const quantile = (q) => `histogram_quantile(${q}, sum by (instance, le) (${rate(`bhyvescope_sample_duration_seconds_bucket{${HOST}}`)}))`;
const few = (expr) => highest(20, 'instance', peak(`bhyvescope_build_info{${HOST}}`), expr);

export default dashboard({
  uid: 'bhyvescope-agent',
  title: 'bhyve: agent',
  description: 'bhyvescope itself: what it costs the host and the guests, and how well it reads. A monitor that disturbs a VM is worse than none.',
  from: 'now-1h',
  refresh: '30s',
  using: ['instance'],
  events: ['captures'],
  rows: [
    {
      title: 'Agents',
      panels: [
        table({
          title: 'Agents',
          description: 'Version, source and pace. source bhyvectl starts processes, vmmdev asks the kernel directly. Interval longer than asked for: the agent could not keep it. Parts missing: of the machine around the VMs not all can be seen (bhyvescope check tells why).',
          h: 6,
          columns: [
            { label: 'instance', name: 'Host' },
            { label: 'version', name: 'Version', width: 100 },
            { label: 'source', name: 'Source', width: 100 },
            { label: 'java', name: 'Java' },
            { name: 'build', query: `max by (instance, version, java) (bhyvescope_build_info{${HOST}})`, hidden: true },
            { name: 'sources', query: `max by (instance, source) (bhyvescope_source_info{${HOST}})`, hidden: true },
            { name: 'Up', query: `max by (instance) (process_uptime_seconds{${HOST}} and on (instance) bhyvescope_build_info)`, unit: 'dtdurations', width: 130 },
            { name: 'Interval', query: `max by (instance) (bhyvescope_sample_interval_seconds{${HOST},schedule="stats"})`, unit: 's', width: 90 },
            { name: 'State interval', query: `max by (instance) (bhyvescope_sample_interval_seconds{${HOST},schedule="state"})`, unit: 's', width: 110 },
            { name: 'Samples/s', query: byHost(rate(`bhyvescope_samples_total{${HOST}}`)), decimals: 1, width: 100 },
            { name: 'Errors/s', query: byHost(rate(`bhyvescope_read_errors_total{${HOST}}`)), decimals: 2, width: 90, thresholds: steps('text', 0.05, 'orange', 1, 'red'), cell: 'color-text' },
            { name: 'CPU', query: byHost(`${rate(`process_cpu_seconds_total{${HOST}}`)} + ${rate(CHILDREN)}`), unit: 'percentunit', decimals: 1, width: 80 },
            { name: 'Left behind', query: `max by (instance) (bhyvescope_abandoned_children{${HOST}})`, width: 100, thresholds: steps('text', 1, 'red'), cell: 'color-text' },
            { name: 'Parts missing', query: `sum by (instance) (1 - bhyvescope_host_part_up{${HOST}})`, width: 110, thresholds: steps('text', 1, 'orange'), cell: 'color-text' },
            { name: 'Unknown statistics', query: `max by (instance) (bhyvescope_unknown_stats{${HOST}})`, width: 140 },
          ],
        }),
      ],
    },
    {
      title: 'What it costs',
      panels: [
        graph({
          title: 'CPU',
          description: 'Of one CPU of the host: the agent and the processes that it starts. With vmmdev next to nothing; with bhyvectl each process counts. More than a tenth of a CPU for a few VMs: look at the interval.',
          w: 8,
          unit: 'percentunit',
          decimals: 1,
          queries: [line(`agent ${NAMED}`, few(byHost(`${rate(`process_cpu_seconds_total{${HOST}}`)} and on (instance) bhyvescope_build_info`))), line(`processes ${NAMED}`, few(byHost(rate(CHILDREN))))],
        }),
        graph({
          title: 'Disturbance of guests',
          description: 'Vertical: times a second that a vCPU was frozen for a moment. Caused: by our readings. Seen: counted by the kernel, whoever asked. Seen far above caused: somebody else reads, too (a script with bhyvectl --get-all).',
          w: 8,
          axis: 'freezes/s',
          queries: [line(`caused ${NAMED}`, few(byHost(rate(`bhyvescope_locking_reads_total{${HOST}}`)))), line(`seen ${NAMED}`, few(byHost(rate(`bhyvescope_idle_requests_seen_total{${HOST}}`))))],
        }),
        graph({
          title: 'Processes and readings',
          description: 'Processes started a second (never above 20 with bhyvectl for statistics), and vCPUs read a second.',
          w: 8,
          axis: '1/s',
          queries: [line(`processes ${NAMED}`, few(byHost(rate(`bhyvescope_forks_total{${HOST}}`)))), line(`vCPUs read ${NAMED}`, few(byHost(rate(`bhyvescope_vcpu_reads_total{${HOST}}`))))],
        }),
        graph({
          title: 'Memory of the JVM',
          description: 'Heap and the rest of what the JVM uses of what it has committed. A heap at its limit (48 MiB by default) for long: fewer VMs, or a larger -Xmx in BHYVESCOPE_JAVA_OPTS.',
          w: 8,
          unit: 'bytes',
          queries: [line(`{{area}} ${NAMED}`, few(`sum by (instance, area) (jvm_memory_used_bytes{${HOST}} and on (instance) bhyvescope_build_info)`))],
        }),
        graph({
          title: 'Threads and files',
          description: 'Both are bounded. A line that only rises is a leak: report it.',
          w: 8,
          queries: [
            line(`threads ${NAMED}`, few(byHost(`jvm_threads_live_threads{${HOST}} and on (instance) bhyvescope_build_info`))),
            line(`open files ${NAMED}`, few(byHost(`process_files_open_files{${HOST}} and on (instance) bhyvescope_build_info`))),
          ],
        }),
        graph({
          title: 'Scrapes',
          description: 'How long Prometheus waits for the agent\'s page, and (right) how many series it gets. A scrape starts no reading.',
          w: 8,
          unit: 's',
          overrides: [matching('/^series/', { unit: 'short', 'custom.axisPlacement': 'right', 'custom.lineStyle': { fill: 'dash', dash: [8, 6] } })],
          queries: [
            line(`duration ${NAMED}`, few(`max by (instance) (scrape_duration_seconds{${HOST}} and on (instance) bhyvescope_build_info)`)),
            line(`series ${NAMED}`, few(`max by (instance) (scrape_samples_scraped{${HOST}} and on (instance) bhyvescope_build_info)`)),
          ],
        }),
      ],
    },
    {
      title: 'How well it reads',
      panels: [
        graph({
          title: 'Time to read a VM',
          description: 'Median and the slowest hundredth, waiting for a turn included. Near to the interval: samples will be late.',
          w: 8,
          unit: 's',
          queries: [line(`half ${NAMED}`, few(quantile(0.5))), line(`99 % ${NAMED}`, few(quantile(0.99)))],
        }),
        graph({
          title: 'Failed readings by cause',
          description: 'Readings of a VM that failed. timeout: bhyvectl or the kernel hangs; a VM that does not answer is left alone for 1 to 60 s. [may be empty]',
          w: 8,
          axis: '1/s',
          queries: [line('{{cause}}', `sum by (cause) (${rate(`bhyvescope_read_errors_total{${HOST}}`)}) > 0`)],
        }),
        table({
          title: 'VMs whose readings failed',
          description: 'In the time shown, with the cause. [may be empty]',
          w: 8,
          sort: { displayName: 'Failed', desc: true },
          columns: [
            { label: 'instance', name: 'Host', width: 95 },
            { label: 'vm', name: 'VM', width: 100 },
            { label: 'cause', name: 'Cause', width: 110 },
            { name: 'Failed', query: `topk(50, ${grown(`bhyvescope_read_errors_total{${HOST}}`)}) > 0`, decimals: 0, width: 80 },
          ],
        }),
        graph({
          title: 'Age of the newest sample',
          description: 'Of the VM that was read longest ago. More than a few intervals: a VM does not answer, or the agent hangs.',
          w: 8,
          unit: 's',
          queries: [line(NAMED, few(`max by (instance) (time() - bhyve_vm_last_sample_timestamp_seconds{${HOST}})`))],
        }),
        graph({
          title: 'Captures',
          description: 'Evidence kept, refused for being too soon or too much, and failed (a full disk, missing rights).',
          w: 8,
          bars: true,
          stack: true,
          decimals: 0,
          queries: [
            line('kept', `sum(increase(bhyvescope_captures_total{${HOST}}[$__rate_interval]))`),
            line('suppressed', `sum(increase(bhyvescope_captures_suppressed_total{${HOST}}[$__rate_interval]))`),
            line('failed', `sum(increase(bhyvescope_capture_errors_total{${HOST}}[$__rate_interval]))`),
          ],
        }),
        graph({
          title: 'Failures counted instead of logged',
          description: 'The same failure is logged once, then counted here. Rising: something fails again and again; see the log for the first time.',
          w: 8,
          axis: '1/s',
          queries: [line(NAMED, few(byHost(rate(`bhyvescope_log_suppressed_total{${HOST}}`))))],
        }),
      ],
    },
  ],
});
