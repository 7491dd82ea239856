// One VM in depth (or several).
import {
  BY_VM, HOST, ON_VCPU, REASONS, VCPU, VM, color, dashboard, exitsOfEachVcpu, graph, grown, heatmap, highest, info,
  lanes, line, mapping, matching, mmioShare, peak, rate, reasonColors, started, stat, stateColors, stateMapping,
  stateNumber, steps, table, timeColors, timeOfVcpus, value,
} from './lib.mjs';

const EXITS = rate(`bhyve_vcpu_exits_total{${VCPU}}`);
const REASON = rate(`bhyve_vcpu_exit_reasons_total{${VCPU}}`);
const RUN = rate(`bhyve_vcpu_run_seconds_total{${VCPU}}`);
const IDLE = rate(`bhyve_vcpu_idle_seconds_total{${VCPU}}`);
const NAMED = '{{vm}} on {{instance}}';

const tableOf = (expr) => `${expr} and ${ON_VCPU} topk(128, bhyve_vcpu_exit_rate{${VCPU}})`;
const vmsOf = (expr) => highest(30, 'instance, vm', `sum ${BY_VM} (${peak(`bhyve_vcpu_exit_rate{${VM}}`)})`, expr);

const ofAll = `scalar(sum(increase(bhyve_vcpu_exits_total{${VCPU}}[$__range])))`;
const conclusions = mapping(Object.fromEntries(REASONS.map((r) => [r.reason, [r.conclusion]])));

export default dashboard({
  uid: 'bhyvescope-vm',
  title: 'bhyve: VM',
  description: 'One VM in depth: why it leaves the guest and how often, which vCPU, where its time goes, interrupts, memory, ends. Choose a VM above.',
  from: 'now-30m',
  using: ['instance', 'vm', 'vcpu'],
  events: ['ends', 'resets', 'captures'],
  rows: [
    {
      title: 'Now',
      panels: [
        stat({
          title: 'VMs in this state',
          description: 'How many of the chosen VMs are in each state. stalled: exits, run time and idle ticks of all started vCPUs have stood still for 10 s.',
          w: 6,
          h: 4,
          colorMode: 'background',
          text: 'value_and_name',
          overrides: stateColors(),
          queries: [value('{{state}}', `sum by (state) (bhyve_vm_state{${VM}}) > 0`)],
        }),
        stat({
          title: 'Exits/s',
          description: 'Exits a second over the last sample, and their course. Thousands for each vCPU are ordinary; the reasons tell what they are.',
          w: 3,
          unit: 'short',
          queries: [line('exits', `sum(bhyve_vcpu_exit_rate{${VCPU}})`)],
        }),
        stat({
          title: 'Peak',
          description: 'The highest rate of one reason in one second of the last minute. Far above the rate beside it: a storm, however short.',
          w: 3,
          unit: 'short',
          thresholds: steps('text', 50000, 'orange', 100000, 'red'),
          queries: [line('peak', `max(bhyve_vm_exit_rate_peak{${VM}})`)],
        }),
        stat({
          title: 'MMIO share',
          description: 'Exits that emulate an access outside the guest\'s memory, of all. Above a half with a passthrough device: its registers are trapped, or the guest has no x2APIC.',
          w: 3,
          unit: 'percentunit',
          decimals: 0,
          thresholds: steps('text', 0.5, 'orange', 0.8, 'red'),
          queries: [line('MMIO', mmioShare(VM))],
        }),
        stat({
          title: 'Guest CPUs',
          description: 'Host CPUs that run the guest, on average, of the vCPUs that it has. All of them: the guest is busy. None of them and not idle: look at the state.',
          w: 3,
          decimals: 2,
          queries: [line('CPUs', `sum(${RUN})`)],
        }),
        stat({
          title: 'Memory wired',
          description: 'Guest memory that the host cannot take away. With a passthrough device it must be all of the guest\'s memory.',
          w: 3,
          unit: 'bytes',
          queries: [value('wired', `sum(bhyve_vm_memory_wired_bytes{${VM}})`)],
        }),
        stat({
          title: 'Up since',
          description: 'When the VM that has lived longest was made or last reset.',
          w: 3,
          unit: 'dateTimeFromNow',
          queries: [value('up', `min(bhyve_vm_start_time_seconds{${VM}}) * 1000`)],
        }),
      ],
    },
    {
      title: 'Exits by reason',
      panels: [
        graph({
          title: 'VM exits by reason',
          description: 'Which work makes the guest leave. HLT (blue) is idleness; orange is trapped device access, yellow port I/O, green memory touched for the first time. A colour that swells when the guest stutters is where to look.',
          w: 11,
          h: 10,
          stack: true,
          axis: 'exits/s',
          table: ['mean', 'max'],
          legend: 'right',
          overrides: reasonColors(),
          queries: [line('{{reason}}', `sum by (reason) (${REASON}) > 0`)],
        }),
        table({
          title: 'What the exits were, and what that means',
          description: 'Share of each reason in all exits of the time shown, and what to conclude from it.',
          w: 13,
          h: 10,
          sort: { displayName: 'Share', desc: true },
          columns: [
            { label: 'reason', name: 'Reason', width: 155 },
            { name: 'Share', query: `label_join(sum by (reason) (increase(bhyve_vcpu_exit_reasons_total{${VCPU}}[$__range])) / ${ofAll} > 0, "meaning", "", "reason")`, unit: 'percentunit', decimals: 1, width: 95, cell: 'gauge', min: 0, max: 1 },
            { label: 'meaning', name: 'What it tells', mappings: conclusions },
          ],
        }),
        graph({
          title: 'Peaks against averages',
          description: 'The reasons with the highest peaks. Filled: the highest second of the last minute; line: the average. A peak far above its line is a storm that averages hide.',
          w: 12,
          axis: 'exits/s',
          overrides: [
            matching('/peak$/', { 'custom.fillOpacity': 15, 'custom.lineWidth': 0, 'custom.lineInterpolation': 'stepAfter' }),
            ...REASONS.map((r) => matching(`/^${r.reason}( peak)?$/`, { color: color(r.color) })),
          ],
          queries: [
            line('{{reason}} peak', highest(6, 'reason', `max by (reason) (${peak(`bhyve_vm_exit_rate_peak{${VM}}`)})`, `sum by (reason) (bhyve_vm_exit_rate_peak{${VM}})`)),
            line('{{reason}}', highest(6, 'reason', `max by (reason) (${peak(`bhyve_vm_exit_rate_peak{${VM}}`)})`, `sum by (reason) (bhyve_vm_exit_rate{${VM}})`)),
          ],
        }),
        graph({
          title: 'Returns to userspace, and exits that no reason explains',
          description: 'Returns to bhyve itself cost most: emulated devices, port I/O, PAUSE. Unaccounted exits (AMD and arm64 only) have no counter of their own: many of them are worth a look with bhyvescope state VM.',
          w: 12,
          axis: '1/s',
          queries: [
            line('{{cause}}', `sum by (cause) (${started(rate(`bhyve_vcpu_returns_total{${VCPU},cause="userspace"}`), VCPU)})`),
            line('{{cause}}', `sum by (cause) (${rate(`bhyve_vcpu_returns_total{${VCPU},cause!="userspace"}`)})`),
            line('unaccounted exits', `sum(bhyve_vm_unaccounted_exit_rate{${VM}})`),
          ],
        }),
      ],
    },
    {
      title: 'vCPUs',
      panels: [
        heatmap({
          title: 'VM exits of each vCPU',
          description: 'A row for each vCPU (of many, the 128 busiest); what stands out (bright in the dark theme, dark in the light one) left the guest often. One such row: one vCPU storms, or takes all interrupts. An empty gap over all rows: the VM stood still, or could not be read.',
          w: 14,
          h: 10,
          queries: exitsOfEachVcpu(VCPU),
        }),
        [graph({
          title: 'Imbalance',
          description: 'Exits of the busiest started vCPU against the mean of the started ones: 1 is even, as many as there are vCPUs is all on one. High and steady: interrupts or a driver are bound to one vCPU.',
          w: 10,
          h: 5,
          axis: 'times the mean',
          queries: [line(NAMED, vmsOf(`max ${BY_VM} (${started(EXITS, VCPU)}) / avg ${BY_VM} (${started(EXITS, VCPU)})`))],
        }),
        graph({
          title: 'Run, idle and the rest',
          description: 'The time of the started vCPUs: in the guest (and in exits that never left it), asleep in HLT, and the rest: in bhyve, in the kernel, or waiting for a CPU. Much of the rest: emulation is slow, or the host has too few CPUs.',
          w: 10,
          h: 5,
          unit: 'percentunit',
          stack: true,
          max: 1,
          overrides: timeColors(),
          queries: timeOfVcpus(VCPU),
        })],
        table({
          title: 'Each vCPU',
          description: 'Waits: what the thread sleeps on; vmidle is the guest\'s HLT, vmhalt HLT with interrupts off, none runs. Last exit: as of the newest reading of its state, usually the interrupt of that very reading. A vCPU with 0 exits was never started by the guest.',
          h: 9,
          sort: { displayName: 'Exits/s', desc: true },
          columns: [
            { label: 'instance', name: 'Host', width: 150 },
            { label: 'vm', name: 'VM' },
            { label: 'vcpu', name: 'vCPU', width: 70 },
            { name: 'Exits/s', query: `topk(128, sum by (instance, vm, vcpu) (bhyve_vcpu_exit_rate{${VCPU}}))`, width: 110, cell: 'gauge', min: 0 },
            { name: 'Run', query: tableOf(RUN), unit: 'percentunit', decimals: 0, width: 110, cell: 'gauge', min: 0, max: 1 },
            { name: 'Idle', query: tableOf(IDLE), unit: 'percentunit', decimals: 0, width: 110, cell: 'gauge', min: 0, max: 1 },
            { name: 'The rest', query: tableOf(`clamp_min(1 - ${RUN} - ${IDLE}, 0)`), unit: 'percentunit', decimals: 0, width: 110, cell: 'gauge', min: 0, max: 1 },
            { name: 'To userspace/s', query: tableOf(`sum by (instance, vm, vcpu) (${rate(`bhyve_vcpu_returns_total{${VCPU},cause="userspace"}`)})`), width: 130 },
            { name: 'Migrations/s', query: tableOf(rate(`bhyve_vcpu_migrations_total{${VCPU}}`)), decimals: 1, width: 110 },
            { label: 'waits', name: 'Waits on', width: 100 },
            { label: 'name', name: 'Last exit', width: 190 },
            { name: 'thread', query: tableOf(info('instance, vm, vcpu, waits', `bhyve_vcpu_thread_info{${VCPU}}`)), hidden: true },
            { name: 'exit', query: tableOf(info('instance, vm, vcpu, name', `bhyve_vcpu_last_exit_info{${VCPU}}`)), hidden: true },
          ],
        }),
      ],
    },
    {
      title: 'Interrupts',
      panels: [
        graph({
          title: 'IPIs and interrupts',
          description: 'IPIs between vCPUs, timer interrupts of the local APIC, and those that the 8259 or NMIs hand in. Many IPIs: the guest\'s threads wake each other across vCPUs.',
          w: 8,
          axis: '1/s',
          queries: [
            line('IPIs sent', `sum(${rate(`bhyve_vcpu_ipis_sent_total{${VCPU}}`)})`),
            line('IPIs received', `sum(${rate(`bhyve_vcpu_ipis_received_total{${VCPU}}`)})`),
            line('APIC {{kind}}', `sum by (kind) (${rate(`bhyve_vcpu_vlapic_interrupts_total{${VCPU}}`)}) > 0`),
            line('delivered {{kind}}', `sum by (kind) (${rate(`bhyve_vcpu_interrupts_delivered_total{${VCPU}}`)})`),
          ],
        }),
        graph({
          title: 'Passthrough devices',
          description: 'Host interrupts of the devices that the VM has. Silence while the guest works with the device: it hangs, or its interrupts do not arrive. [may be empty]',
          w: 8,
          axis: 'interrupts/s',
          queries: [line('{{device}} {{vm}}', `sum by (instance, vm, device) (bhyve_ppt_interrupt_rate{${HOST}} * on (instance, device) group_left (vm) bhyve_ppt_info{${VM}})`)],
        }),
        graph({
          title: 'Moves between host CPUs, odd ends of interrupts',
          description: 'Migrations: each costs caches (pin vCPUs with bhyve -p where it matters). Spurious EOIs: the guest ends interrupts that it has not.',
          w: 8,
          axis: '1/s',
          queries: [
            line('migrations', `sum(${rate(`bhyve_vcpu_migrations_total{${VCPU}}`)})`),
            line('spurious EOIs', `sum(${rate(`bhyve_vcpu_spurious_eois_total{${VCPU}}`)})`),
          ],
        }),
      ],
    },
    {
      title: 'Memory and life',
      panels: [
        graph({
          title: 'Guest memory',
          description: 'Resident and wired. Resident grows as the guest touches memory; wired is all of it with a passthrough device, else none.',
          w: 8,
          unit: 'bytes',
          queries: [
            line('resident', `sum(bhyve_vm_memory_resident_bytes{${VM}})`),
            line('wired', `sum(bhyve_vm_memory_wired_bytes{${VM}})`),
          ],
        }),
        graph({
          title: 'CPU of bhyve itself',
          description: 'Over a minute. user is device emulation; system holds the guest and the kernel\'s part. user that grows with the stutter: an emulated device is the bottleneck.',
          w: 8,
          axis: 'CPUs',
          decimals: 2,
          queries: [line('{{mode}}', `sum by (mode) (increase(bhyve_vm_process_cpu_seconds_total{${VM}}[1m])) / 60`)],
        }),
        table({
          title: 'Ends and resets in the time shown',
          description: 'How bhyve ended, with its exit status: reset, poweroff, halt, triple_fault, error, signal; unknown where nobody saw it. The evidence is in bhyvescope captures. [may be empty]',
          w: 8,
          sort: { displayName: 'Times', desc: true },
          columns: [
            { label: 'instance', name: 'Host', width: 95 },
            { label: 'vm', name: 'VM', width: 100 },
            { label: 'how', name: 'How', width: 115 },
            { name: 'Times', query: `${grown(`bhyve_vm_ends_total{${VM}}`)} > 0 or label_replace(increase(bhyve_vm_resets_total{${VM}}[$__range]) > 0, "how", "counters reset", "", "")`, decimals: 0, width: 70 },
          ],
        }),
        lanes({
          title: 'State',
          description: 'The states of the chosen VMs over time: green runs, blue idles, red stands still.',
          h: 8,
          w: 16,
          mappings: stateMapping(),
          queries: [line(NAMED, highest(20, 'instance, vm', `max ${BY_VM} (${peak(`bhyve_vm_state{${VM},state!~"running|idle"}`)})`, stateNumber(VM)))],
        }),
        graph({
          title: 'Guest clock against the host',
          description: 'The emulated clock minus the host\'s. A constant of whole hours is the guest\'s time zone; a jump: somebody set the guest\'s clock, or the VM was stopped.',
          w: 8,
          h: 8,
          unit: 'dthms',
          min: null,
          queries: [line(NAMED, highest(30, 'instance, vm', `abs(${peak(`bhyve_vm_rtc_offset_seconds{${VM}}`)})`, `bhyve_vm_rtc_offset_seconds{${VM}}`))],
        }),
      ],
    },
  ],
});
