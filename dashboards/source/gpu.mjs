// What one watches while a guest with a passthrough device is tested; on the right the same a while ago.
import {
  BY_VM, HOST, REASONS, VM, color, dashboard, exitsOfEachVcpu, graph, heatmap, highest, info, lanes, line, mapping,
  matching, mmioShare, named, peak, rate, started, stat, stateMapping, stateNumber, steps, table, timeColors,
  timeOfVcpus, value,
} from './lib.mjs';

const DEVICES = `bhyve_ppt_info{${HOST},vm=~"$vm|unknown"}`;
const DEVICE = `on (instance, device) group_left (vm) (max by (instance, device, vm) (${DEVICES}))`;
const ofDevices = (metric) => info('instance, device', `${metric}{${HOST}} and on (instance, device) ${DEVICES}`);
const windowed = (series, before) => `rate(${series}[$__rate_interval]${before})`;
const reason = (name, before) => `sum(${windowed(`bhyve_vcpu_exit_reasons_total{${VM},reason="${name}"}`, before)})`;
// The agent's own rate: where interrupts are read by vmstat, every 10 s, the counter stands still in between.
const interrupts = (before) => `sum by (device) (bhyve_ppt_interrupt_rate{${HOST}}${before} * ${DEVICE})`;
const userspace = (before) =>
  `sum(${windowed(`bhyve_vcpu_returns_total{${VM},cause="userspace"}`, before)} and on (instance, vm, vcpu) bhyve_vcpu_exits_total{${VM}}${before} > 0)`;

const MMIO = 'instruction_emulation';
const reasonColor = (name) => color(REASONS.find((r) => r.reason === name).color);

// What two panels side by side show: the time shown, and the same a while before.
const sides = [
  ['', ''],
  [', $offset ago', ' offset $offset'],
];

const pair = (make) => sides.map(([title, before]) => make(title, before));

const accesses = (title, before) =>
  graph({
    title: `Trapped accesses and device interrupts${title}`,
    description:
      'Left axis: emulated accesses (MMIO), returns to bhyve, PAUSE loops. Right axis, dashed: host interrupts of the passthrough devices. A healthy device interrupts and its registers are not trapped. ' +
      'Trapped accesses without interrupts: the driver polls a device that is silent. Both together in bursts: the driver works through trapped BARs.',
    h: 10,
    axis: 'exits/s',
    overrides: [
      named('MMIO emulation', { color: reasonColor(MMIO), 'custom.fillOpacity': 20 }),
      named('PAUSE', { color: reasonColor('pause') }),
      named('to userspace', { color: color('#F2495C') }),
      matching('/^ppt/', { 'custom.axisPlacement': 'right', 'custom.axisLabel': 'interrupts/s', 'custom.lineStyle': { fill: 'dash', dash: [8, 6] }, 'custom.lineWidth': 2 }),
      named('ppt0', { color: color('green') }),
      named('ppt1', { color: color('#8AB8FF') }),
      named('ppt2', { color: color('#B877D9') }),
    ],
    queries: [line('MMIO emulation', reason(MMIO, before)), line('to userspace', userspace(before)), line('PAUSE', reason('pause', before)), line('{{device}}', interrupts(before))],
  });

// By the peaks of both sides, so that a storm that is gone is still there on the right.
const stormiest = `max by (reason) (${peak(`bhyve_vm_exit_rate_peak{${VM}}`)} or label_replace(max_over_time(bhyve_vm_exit_rate_peak{${VM}}[$__range] @ end() offset $offset), "side", "before", "", ""))`;

const storms = (title, before) =>
  graph({
    title: `Storms${title}`,
    description:
      'The highest second of the last minute, for the reasons with the highest peaks. A plateau of a minute is one storm; 50,000 and more in a second are felt in the guest. Compare its reason with what the guest did then.',
    h: 8,
    axis: 'exits/s',
    overrides: REASONS.map((r) => named(r.reason, { color: color(r.color), 'custom.lineInterpolation': 'stepAfter', 'custom.fillOpacity': 10 })),
    queries: [line('{{reason}}', highest(5, 'reason', stormiest, `max by (reason) (bhyve_vm_exit_rate_peak{${VM}}${before})`))],
  });

// The gauge, too: of scrapes that come faster than samples, several in a row are the same.
const still = ['exits', 'run_seconds', 'idle_seconds']
  .map((what) => `rate(bhyve_vcpu_${what}_total{${VM}}[$__rate_interval]) == 0`)
  .concat(`bhyve_vcpu_exit_rate{${VM}} == 0`)
  .join(' and ');

export default dashboard({
  uid: 'bhyvescope-gpu',
  title: 'bhyve: GPU passthrough test',
  description: 'For a test run with a passed-through GPU: trapped accesses against device interrupts, storms, stalls, wired memory; beside the same VM a while ago. Choose the VM, and with "Compare with" the run before the change.',
  from: 'now-15m',
  refresh: '5s',
  using: ['instance', 'passthroughVm', 'offset'],
  events: ['ends', 'resets', 'captures'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'Device interrupts',
          description: 'Host interrupts a second of the VM\'s passthrough devices. 0 while the guest uses the device: it is silent, hung, or its interrupts do not arrive.',
          w: 4,
          unit: 'short',
          thresholds: steps('orange', 0.1, 'green'),
          queries: [line('interrupts', `sum(bhyve_ppt_interrupt_rate{${HOST}} * ${DEVICE})`)],
        }),
        stat({
          title: 'MMIO share',
          description: 'Exits that emulate an access to a device, of all. Above a half for long: the device\'s registers are trapped (BARs not mapped into the guest), or the guest has no x2APIC.',
          w: 3,
          unit: 'percentunit',
          decimals: 0,
          thresholds: steps('green', 0.5, 'orange', 0.8, 'red'),
          queries: [line('MMIO', mmioShare(VM))],
        }),
        stat({
          title: 'Peak',
          description: 'The highest rate of one reason in one second of the last minute. Orange and red: an exit storm, which the guest feels as a stutter.',
          w: 3,
          unit: 'short',
          thresholds: steps('green', 50000, 'orange', 100000, 'red'),
          queries: [line('peak', `max(bhyve_vm_exit_rate_peak{${VM}})`)],
        }),
        stat({
          title: 'vCPUs standing',
          description: 'Started vCPUs whose exits, run time and idle ticks do not change. Above 0 in a VM that is not suspended: it hangs, in bhyve or in the kernel; see procstat -kk of bhyve in the capture.',
          w: 4,
          thresholds: steps('green', 1, 'red'),
          queries: [value('vCPUs', `count(${started(`(${still})`)}) or vector(0)`)],
        }),
        stat({
          title: 'Memory wired',
          description: 'Wired guest memory, of all that the guest has. Less than all with a passthrough device: start bhyve with -S, or the device writes to pages that the host has taken away.',
          w: 4,
          unit: 'percentunit',
          decimals: 0,
          thresholds: steps('red', 0.99, 'green'),
          queries: [value('wired', `sum(bhyve_vm_memory_wired_bytes{${VM}}) / sum(sum ${BY_VM} (bhyve_vm_memory_segment_bytes{${VM},segment="sysmem"}) and on (instance, vm) bhyve_vm_memory_wired_bytes)`)],
        }),
        stat({
          title: 'IOMMU',
          description: 'Whether the hypervisor uses an IOMMU. Without one in use passthrough cannot work.',
          w: 3,
          mappings: mapping({ 0: ['not in use', 'red'], 1: ['in use', 'green'] }),
          queries: [value('IOMMU', `min(bhyve_host_iommu_enabled{${HOST}} and on (instance) bhyve_vm_state{${VM}})`)],
        }),
        stat({
          title: 'Captures',
          description: 'Times that evidence was kept in the time shown, on the hosts chosen: bhyvescope captures show.',
          w: 3,
          decimals: 0,
          thresholds: steps('text', 1, 'purple'),
          queries: [value('captures', `sum(increase(bhyvescope_captures_total{${HOST}}[$__range]))`)],
        }),
      ],
    },
    { title: 'Now, and $offset ago', panels: [...pair(accesses), ...pair(storms)] },
    {
      title: 'Where and what',
      panels: [
        heatmap({
          title: 'VM exits of each vCPU',
          description: 'One row that stands out (bright in the dark theme, dark in the light one): one vCPU storms. An empty gap over all rows: the VM stood still, or could not be read.',
          w: 12,
          queries: exitsOfEachVcpu(VM),
        }),
        graph({
          title: 'Interrupts of each device',
          description: 'Line: interrupts a second; filled: the highest rate of the last minute. A peak of tens of thousands is an interrupt storm (a shared line, a driver that does not acknowledge); a flat 0 is silence.',
          w: 12,
          h: 9,
          axis: 'interrupts/s',
          overrides: [matching('/peak$/', { 'custom.fillOpacity': 15, 'custom.lineWidth': 0, 'custom.lineInterpolation': 'stepAfter' })],
          queries: [
            line('{{device}} peak', `max by (device) (bhyve_ppt_interrupt_rate_peak{${HOST}} * ${DEVICE})`),
            line('{{device}}', `sum by (device) (bhyve_ppt_interrupt_rate{${HOST}} * ${DEVICE})`),
          ],
        }),
        table({
          title: 'Passthrough devices',
          description: 'Devices of the VM, and those whose VM is unknown (the agent came after bhyve). Vectors 0: the guest\'s driver has not enabled interrupts. Silent with vectors above 0: the device does nothing, or its interrupts are lost.',
          h: 6,
          w: 16,
          sort: { displayName: 'Device', desc: false },
          columns: [
            { label: 'instance', name: 'Host', width: 130 },
            { label: 'device', name: 'Device', width: 75 },
            { label: 'pci', name: 'PCI', width: 100 },
            { label: 'product', name: 'Product' },
            { label: 'vm', name: 'VM', width: 90 },
            { name: 'info', query: info('instance, device, pci, product, vm', DEVICES), hidden: true },
            { name: 'Vectors', query: ofDevices('bhyve_ppt_interrupt_vectors'), width: 75 },
            { name: 'Now/s', query: ofDevices('bhyve_ppt_interrupt_rate'), width: 80 },
            { name: 'Peak/s', query: ofDevices('bhyve_ppt_interrupt_rate_peak'), width: 80, thresholds: steps('text', 50000, 'red'), cell: 'color-text' },
            { name: 'Total', query: ofDevices('bhyve_ppt_interrupts_total'), width: 90 },
          ],
        }),
        graph({
          title: 'Captures by trigger',
          description: 'When evidence was kept, and why, on the hosts chosen (all their VMs).',
          w: 8,
          h: 6,
          bars: true,
          stack: true,
          decimals: 0,
          queries: [
            line('{{trigger}}', `sum by (trigger) (increase(bhyvescope_captures_total{${HOST}}[$__rate_interval]))`),
          ],
        }),
        lanes({
          title: 'State',
          description: 'Green runs, blue idles, red stands still though not suspended, yellow is suspended: reset, power-off or triple fault.',
          h: 5,
          w: 12,
          mappings: stateMapping(),
          queries: [line('{{vm}}', stateNumber(VM))],
        }),
        graph({
          title: 'Memory wired',
          description: 'It must not change while a passthrough device is in use.',
          h: 5,
          w: 6,
          unit: 'bytes',
          queries: [line('{{vm}}', `bhyve_vm_memory_wired_bytes{${VM}} > 0`)],
        }),
        graph({
          title: 'Time of the vCPUs',
          description: 'In the guest, asleep in HLT, and the rest: in bhyve, in the kernel, or waiting for a CPU. The rest grows with trapped accesses.',
          h: 5,
          w: 6,
          unit: 'percentunit',
          stack: true,
          max: 1,
          overrides: timeColors(),
          queries: timeOfVcpus(VM),
        }),
      ],
    },
  ],
});
