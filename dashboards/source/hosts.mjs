// All hosts and VMs at a glance, from 1 to 100 hosts.
import {
  BY_VM, HOST, STATES, dashboard, graph, grown, highest, info, lanes, line, linkTo, mapping, mean, peak, rate,
  stat, stateColors, stateMapping, stateNumber, steps, table, value,
} from './lib.mjs';

const BAD = 'how=~"triple_fault|error|signal"';
const RUN = `sum by (instance) (${rate(`bhyve_vcpu_run_seconds_total{${HOST}}`)})`;
const EXITS = `sum by (instance) (${rate(`bhyve_vcpu_exits_total{${HOST}}`)})`;
const vmLink = linkTo('bhyvescope-vm', 'This VM in depth');
const vmGpuLink = linkTo('bhyvescope-gpu', 'Its GPU passthrough test');

// Of the last sample: what a table shows is now, and a VM that has just come has no rate() yet.
const BUSIEST = `topk(50, sum ${BY_VM} (bhyve_vm_exit_rate{${HOST}}))`;
const amongBusiest = (expr) => `${expr} and on (instance, vm) ${BUSIEST}`;

const inState = (names) => `(bhyve_vm_state{${HOST},state=~"${names}"} == 1)`;
const badEnds = `(sum ${BY_VM} (${grown(`bhyve_vm_ends_total{${HOST},${BAD}}`)}) > 0)`;
const UNWELL = `topk(50, sum ${BY_VM} (${inState('suspended|stalled|unreadable|no_process')}) or ${badEnds})`;
const amongUnwell = (expr) => `${expr} and on (instance, vm) ${UNWELL}`;

const iommu = mapping({ 0: ['not in use', 'orange'], 1: ['in use', 'green'] });

export default dashboard({
  uid: 'bhyvescope-hosts',
  title: 'bhyve: hosts',
  description: 'All hosts that bhyvescope watches, and their VMs: who is up, who is busy, who is unwell. Click a host or a VM to go on.',
  from: 'now-1h',
  refresh: '30s',
  using: ['instance'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Hosts up',
          description: 'Agents that Prometheus has scraped just now. Fewer than you have hosts: see the table, and the alert BhyvescopeDown.',
          w: 3,
          queries: [value('hosts', `count(bhyvescope_build_info{${HOST}})`)],
        }),
        stat({
          title: 'Hosts lost',
          description: 'Hosts that answered in the time shown and do not any more: the host or its agent is down, or the network between.',
          w: 3,
          thresholds: steps('green', 1, 'red'),
          queries: [value('hosts', `count(count by (instance) (last_over_time(bhyvescope_build_info{${HOST}}[$__range])) unless on (instance) bhyvescope_build_info) or vector(0)`)],
        }),
        stat({
          title: 'VMs by state',
          description: 'suspended for more than a moment, stalled and unreadable need a look; no_process is a VM that ended and whose device node is left (bhyvectl --destroy removes it).',
          w: 9,
          colorMode: 'background',
          overrides: stateColors(),
          queries: STATES.map((s) => value(s.state, `sum(bhyve_vm_state{${HOST},state="${s.state}"})`)),
        }),
        stat({
          title: 'vCPUs',
          description: 'Active vCPUs of all VMs: those that bhyve has made, whether the guest has started them or not.',
          w: 3,
          queries: [value('vCPUs', `sum(bhyve_vm_vcpus{${HOST},set="active"})`)],
        }),
        stat({
          title: 'Exits/s',
          description: 'Exits from guests to their hosts, all together. High alone says nothing: see which reasons, in the dashboard of the VM.',
          w: 3,
          unit: 'short',
          queries: [line('exits', `sum(${rate(`bhyve_vcpu_exits_total{${HOST}}`)})`)],
        }),
        stat({
          title: 'Guest CPUs',
          description: 'Host CPUs that are in a guest, on average. Compare with the CPUs that the hosts have: near to all of them, guests wait for each other.',
          w: 3,
          decimals: 1,
          queries: [line('CPUs', `sum(${RUN})`)],
        }),
      ],
    },
    {
      title: 'Hosts',
      panels: [
        table({
          title: 'Hosts',
          description: 'One line for each host. Sample age beyond a few intervals: the agent hangs. IOMMU not in use with ppt devices above 0 is normal until the first VM with one starts, else passthrough cannot work.',
          h: 7,
          sort: { displayName: 'Exits/s', desc: true },
          columns: [
            { label: 'instance', name: 'Host', link: linkTo('bhyvescope-agent', 'The agent of this host', { vm: false }) },
            { label: 'release', name: 'FreeBSD', width: 90 },
            { label: 'model', name: 'CPU' },
            { name: 'VMs', query: `count by (instance) (count ${BY_VM} (bhyve_vm_state{${HOST}}))`, width: 60 },
            { name: 'vCPUs', query: `sum by (instance) (bhyve_vm_vcpus{${HOST},set="active"})`, width: 70 },
            { name: 'Exits/s', query: EXITS, width: 90 },
            { name: 'Guest CPUs', query: RUN, decimals: 2, width: 100 },
            { name: 'Wired', query: `sum by (instance) (bhyve_vm_memory_wired_bytes{${HOST}})`, unit: 'bytes', width: 100 },
            { name: 'IOMMU', query: `max by (instance) (bhyve_host_iommu_enabled{${HOST}})`, mappings: iommu, cell: 'color-text', width: 100, noValue: 'unknown' },
            { name: 'ppt devices', query: `max by (instance) (bhyve_host_ppt_devices{${HOST}})`, width: 100 },
            { name: 'Sample age', query: `time() - max by (instance) (bhyve_vm_last_sample_timestamp_seconds{${HOST}})`, unit: 's', decimals: 1, width: 110, thresholds: steps('green', 15, 'orange', 60, 'red'), cell: 'color-text' },
            { name: 'Interval', query: `max by (instance) (bhyvescope_sample_interval_seconds{${HOST},schedule="stats"})`, unit: 's', width: 80 },
            { name: 'Agent CPU', query: `sum by (instance) (${rate(`process_cpu_seconds_total{${HOST}}`)} + ${rate(`bhyvescope_children_cpu_seconds_total{${HOST}}`)})`, unit: 'percentunit', decimals: 1, width: 100 },
            { name: 'info', query: info('instance, release, model', `bhyve_host_info{${HOST}}`), hidden: true },
          ],
        }),
        graph({
          title: 'VM exits by host',
          description: 'The twelve busiest hosts of the time shown. A step up without more work in the guests: look for the VM and the reason.',
          w: 8,
          axis: 'exits/s',
          queries: [line('{{instance}}', highest(12, 'instance', `sum by (instance) (${mean(`bhyve_vcpu_exit_rate{${HOST}}`)})`, EXITS))],
        }),
        graph({
          title: 'CPUs that guests use, by host',
          description: 'Host CPUs in a guest, on average. A flat line at the number of CPUs of the host: its guests wait for each other.',
          w: 8,
          decimals: 1,
          axis: 'CPUs',
          queries: [line('{{instance}}', highest(12, 'instance', `sum by (instance) (${mean(`bhyve_vcpu_exit_rate{${HOST}}`)})`, RUN))],
        }),
        graph({
          title: 'VMs that are unwell',
          description: 'VMs by state, without those that run or idle. Short marks of suspended are resets and power-offs.',
          w: 8,
          stack: true,
          axis: 'VMs',
          decimals: 0,
          overrides: stateColors(),
          queries: [line('{{state}}', `sum by (state) (bhyve_vm_state{${HOST},state!~"running|idle"})`)],
        }),
      ],
    },
    {
      title: 'VMs',
      panels: [
        table({
          title: 'VMs that need a look',
          description: 'Suspended, stalled, unreadable, without a process, or ended badly in the time shown (triple fault, error, signal). Click one.',
          h: 7,
          w: 12,
          sort: { displayName: 'State', desc: true },
          columns: [
            { label: 'instance', name: 'Host', width: 100 },
            { label: 'vm', name: 'VM', width: 105, link: vmLink },
            { name: 'State', query: amongUnwell(stateNumber(HOST)), mappings: stateMapping(), cell: 'color-background', width: 95 },
            { name: 'Bad ends', query: amongUnwell(badEnds), width: 90, thresholds: steps('text', 1, 'orange', 3, 'red'), cell: 'color-text' },
            { name: 'Resets', query: amongUnwell(`max ${BY_VM} (bhyve_vm_resets_total{${HOST}})`), width: 80 },
            { name: 'Read errors', query: amongUnwell(`(sum ${BY_VM} (bhyvescope_read_errors_total{${HOST},vm!=""}) or 0 * sum ${BY_VM} (bhyve_vm_state{${HOST}}))`), width: 90 },
            { name: 'Sample age', query: amongUnwell(`(time() - max ${BY_VM} (bhyve_vm_last_sample_timestamp_seconds{${HOST}}))`), unit: 's', decimals: 0, width: 100 },
          ],
        }),
        table({
          title: 'Busiest VMs',
          description: 'The fifty with most exits in the last sample. Peak is the highest second of the last minute: far above the rate means storms. MMIO is the share of exits that emulate an access: high with a GPU means that its registers are trapped.',
          h: 7,
          w: 12,
          sort: { displayName: 'Exits/s', desc: true },
          columns: [
            { label: 'instance', name: 'Host', width: 100 },
            { label: 'vm', name: 'VM', width: 100, link: vmLink },
            { name: 'vCPUs', query: amongBusiest(`sum ${BY_VM} (bhyve_vm_vcpus{${HOST},set="active"})`), width: 65 },
            { name: 'Exits/s', query: `topk(50, sum ${BY_VM} (bhyve_vm_exit_rate{${HOST}}))`, width: 80 },
            { name: 'Peak', query: amongBusiest(`max ${BY_VM} (bhyve_vm_exit_rate_peak{${HOST}})`), width: 75 },
            { name: 'MMIO', query: amongBusiest(`(sum ${BY_VM} (bhyve_vm_exit_rate{${HOST},reason="instruction_emulation"}) / sum ${BY_VM} (bhyve_vm_exit_rate{${HOST}}))`), unit: 'percentunit', decimals: 0, width: 70 },
            { name: 'CPUs', query: amongBusiest(`sum ${BY_VM} (${rate(`bhyve_vcpu_run_seconds_total{${HOST}}`)})`), decimals: 2, width: 65 },
            { name: 'Wired', query: amongBusiest(`max ${BY_VM} (bhyve_vm_memory_wired_bytes{${HOST}})`), unit: 'bytes', width: 85 },
            { name: 'ppt', query: amongBusiest(`count ${BY_VM} (bhyve_ppt_info{${HOST},vm!~"none|unknown"})`), width: 45, link: vmGpuLink },
          ],
        }),
        table({
          title: 'Alerts',
          description: 'Alerts of bhyvescope that fire now, if its rules are loaded: what each means and what to do is in dashboards/runbooks. [may be empty]',
          h: 10,
          w: 9,
          columns: [
            { label: 'instance', name: 'Host', width: 120 },
            { label: 'vm', name: 'VM', width: 100, link: vmLink },
            { label: 'alertname', name: 'Alert' },
            { label: 'severity', name: 'Severity', width: 85, cell: 'color-text', mappings: mapping({ critical: ['critical', 'red'], warning: ['warning', 'orange'], info: ['info', 'blue'] }) },
            { name: 'count', query: `topk(50, ${info('instance, vm, alertname, severity', `ALERTS{${HOST},alertname=~"Bhyve.+",alertstate="firing"}`)})`, hidden: true },
          ],
        }),
        lanes({
          title: 'State of each VM',
          description: 'Up to forty VMs, those that were unwell first. Green runs, blue idles; red stands still though not suspended. A gap: there was no such VM, or no answer from its host.',
          h: 10,
          w: 15,
          mappings: stateMapping(),
          queries: [
            line(
              '{{instance}} {{vm}}',
              highest(40, 'instance, vm', `max ${BY_VM} (${peak(`bhyve_vm_state{${HOST},state!~"running|idle"}`)})`, stateNumber(HOST))
            ),
          ],
        }),
      ],
    },
  ],
});
