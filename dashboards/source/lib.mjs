// The words that the dashboards' sources are written in: each makes a piece of Grafana's dashboard JSON (schema 42).
import { readFileSync } from 'node:fs';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const COLUMNS = 24;

// What every query of VMs begins with.
export const HOST = 'instance=~"$instance"';
export const VM = `${HOST},vm=~"$vm"`;
export const VCPU = `${VM},vcpu=~"$vcpu"`;
export const BY_VM = 'by (instance, vm)';
export const ON_VCPU = 'on (instance, vm, vcpu)';

/** A counter's rate, in the window that fits the zoom and the scrape interval. */
export const rate = (series) => `rate(${series}[$__rate_interval])`;


/**
 * Keeps the n series of a query that rank highest over the whole time shown. topk() alone chooses anew at each step, and
 * in the end returns everything.
 *
 * @param on labels that the ranking has
 * @param ranking as of the end of the time shown: peak() or mean() of a series
 */
export const highest = (n, on, ranking, series) => `${series}\nand on (${on})\ntopk(${n}, ${ranking})`;
export const peak = (series) => `max_over_time(${series}[$__range] @ end())`;
export const mean = (series) => `avg_over_time(${series}[$__range] @ end())`;

/** By how much a counter grew in a time, also one that is born with its first event and gone before the time's end. */
export const grown = (series, time = '$__range') =>
  `(round(increase(${series}[${time}])) and ${series} offset ${time} or (last_over_time(${series}[${time}]) unless ${series} offset ${time}))`;

/** Of vCPUs that the guest has started: another one has no exits and asks its bhyve again and again. */
export const started = (series, selector = VM) => `(${series} and ${ON_VCPU} bhyve_vcpu_exits_total{${selector}} > 0)`;

/** A row for each vCPU, under a label z that sorts as its number does (002 before 010); of many, the 128 with the highest second. */
export function exitsOfEachVcpu(selector) {
  const few = highest(128, 'instance, vm, vcpu', peak(`bhyve_vcpu_exit_rate{${selector}}`), rate(`bhyve_vcpu_exits_total{${selector}}`));
  const padded = `label_replace(label_replace(${few}, "pad", "0", "vcpu", ".."), "pad", "00", "vcpu", ".")`;
  return [line('{{vm}} {{z}}', `sum by (instance, vm, z) (label_join(${padded}, "z", "", "pad", "vcpu"))`)];
}

/** Of all exits of the last sample, those that emulate an access to a device. */
export const mmioShare = (selector) =>
  `sum(bhyve_vm_exit_rate{${selector},reason="instruction_emulation"}) / sum(bhyve_vm_exit_rate{${selector}})`;

const tsv = (name) =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => line.split('\t'));

/** Exit reasons: name, colour, short text, what to conclude. */
export const REASONS = tsv('reasons.tsv')
  .slice(1)
  .map(([reason, color, short, conclusion]) => ({ reason, color, short, conclusion }));

/** Reasons that statistics.tsv has and reasons.tsv has not, and the other way round. */
export function reasonsThatDiffer() {
  const known = new Set(
    tsv('../../src/main/resources/org/bhyvescope/decode/statistics.tsv')
      .filter((row) => row[1] === 'bhyve_vcpu_exit_reasons_total')
      .map((row) => row[2].replace('reason=', ''))
  );
  const shown = new Set(REASONS.map((r) => r.reason));
  return [...[...known].filter((r) => !shown.has(r)), ...[...shown].filter((r) => !known.has(r))];
}

/** Where the time of the started vCPUs goes: three lines that add up to 1. */
export function timeOfVcpus(selector) {
  const share = (what) => `avg(${started(rate(`bhyve_vcpu_${what}_seconds_total{${selector}}`), selector)})`;
  return [line('run', share('run')), line('idle', share('idle')), line('the rest', `clamp_min(1 - ${share('run')} - ${share('idle')}, 0)`)];
}

export const timeColors = () => [
  named('run', { color: color('green') }),
  named('idle', { color: color('blue') }),
  named('the rest', { color: color('orange') }),
];

// States of a VM, in the order of how well it is.
export const STATES = [
  { state: 'running', color: 'green' },
  { state: 'idle', color: 'blue' },
  { state: 'suspended', color: 'yellow' },
  { state: 'no_process', color: 'purple' },
  { state: 'unreadable', color: 'orange' },
  { state: 'stalled', color: 'red' },
];

/** The state of each VM as a number: its place in STATES, from 1. */
export const stateNumber = (selector) =>
  `sum ${BY_VM} (${STATES.map(({ state }, i) => `${i + 1} * bhyve_vm_state{${selector},state="${state}"}`).join(' or ')})`;

export const stateColors = () => STATES.map((s) => named(s.state, { color: color(s.color) }));
export const stateMapping = () => [
  ...mapping(Object.fromEntries(STATES.map(({ state, color }, i) => [i + 1, [state, color]]))),
  { type: 'special', options: { match: 'null', result: { text: 'gone', color: 'transparent', index: STATES.length } } },
];

/** Values and what to show instead: {value: [text, colour]}. */
export const mapping = (texts) => [
  {
    type: 'value',
    options: Object.fromEntries(
      Object.entries(texts).map(([value, [text, color]], index) => [value, { text, ...(color && { color }), index }])
    ),
  },
];

/** Thresholds: the first colour is below all values. steps('green', 1, 'orange', 5, 'red'). */
export const steps = (first, ...rest) => ({
  mode: 'absolute',
  steps: [
    { color: first, value: null },
    ...rest.flatMap((value, i) => (i % 2 ? [] : [{ color: rest[i + 1], value }])),
  ],
});

/** What is different for the series or columns of a name; {custom...} as in a panel. */
export const named = (name, properties) => override({ id: 'byName', options: name }, properties);
export const matching = (regexp, properties) => override({ id: 'byRegexp', options: regexp }, properties);

const override = (matcher, properties) => ({
  matcher,
  properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
});

export const color = (fixedColor) => ({ mode: 'fixed', fixedColor });
export const reasonColors = () => REASONS.map(({ reason, color: c }) => named(reason, { color: color(c) }));

// Queries.

/** Over the time shown: a line. */
export const line = (legendFormat, expr) => ({ expr, legendFormat, range: true });
/** At its end: a number. */
export const value = (legendFormat, expr) => ({ expr, legendFormat, instant: true, range: false });

const target = (query, i) => ({
  refId: String.fromCharCode(65 + i),
  datasource: DATASOURCE,
  editorMode: 'code',
  ...query,
});

// Panels. Each takes title, description and queries, and with w and h its size.

const panel = (type, { title, description, w, h, queries = [], fieldConfig, options, ...more }) => ({
  type,
  title,
  description,
  size: { w, h },
  datasource: DATASOURCE,
  fieldConfig,
  targets: queries.map(target),
  options,
  ...more,
});

/** One number each; with a graph of its course behind it where the query is a line. */
export function stat({ unit = 'none', decimals, thresholds, mappings, colorMode = 'value', text = 'auto', w = 4, h = 4, overrides = [], ...rest }) {
  const graph = rest.queries.some((q) => q.range) ? 'area' : 'none';
  return panel('stat', {
    w,
    h,
    fieldConfig: {
      defaults: {
        unit,
        ...(decimals !== undefined && { decimals }),
        ...(thresholds ? { thresholds, color: { mode: 'thresholds' } } : { color: color('text') }),
        ...(mappings && { mappings }),
      },
      overrides,
    },
    options: {
      colorMode,
      graphMode: graph,
      textMode: text,
      justifyMode: 'auto',
      wideLayout: true,
      orientation: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
    },
    ...rest,
  });
}

/** Curves. stack: true; table: the legend as a table with these calculations; thresholds are drawn as dashed lines. */
export function graph({ unit = 'short', axis, stack = false, table, min = 0, max, thresholds, w = 12, h = 8, overrides = [], decimals, bars = false, legend = 'bottom', ...rest }) {
  return panel('timeseries', {
    w,
    h,
    fieldConfig: {
      defaults: {
        unit,
        ...(min !== null && { min }),
        ...(max !== undefined && { max }),
        ...(decimals !== undefined && { decimals }),
        color: { mode: 'palette-classic' },
        ...(thresholds && { thresholds }),
        custom: {
          drawStyle: bars ? 'bars' : 'line',
          lineWidth: stack ? 0 : 1,
          fillOpacity: stack ? 75 : bars ? 60 : 0,
          showPoints: 'never',
          spanNulls: false,
          ...(axis && { axisLabel: axis }),
          ...(stack && { stacking: { mode: 'normal', group: 'A' } }),
          ...(thresholds && { thresholdsStyle: { mode: 'dashed' } }),
        },
      },
      overrides,
    },
    options: {
      legend: { showLegend: true, displayMode: table ? 'table' : 'list', placement: legend, calcs: table ?? [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    ...rest,
  });
}

/** A lane for each series, coloured by what its value means. */
export const lanes = ({ mappings, w = 24, h = 8, ...rest }) =>
  panel('state-timeline', {
    w,
    h,
    fieldConfig: { defaults: { mappings, color: color('text'), unit: 'none', custom: { fillOpacity: 80, lineWidth: 0 } }, overrides: [] },
    options: {
      mergeValues: true,
      showValue: 'auto',
      alignValue: 'left',
      rowHeight: 0.85,
      legend: { showLegend: false, displayMode: 'list', placement: 'bottom', calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
    ...rest,
  });

/** A row for each series, that stands out where its value is high. Not Grafana's format for heat maps: that is for histograms. */
export const heatmap = ({ w = 24, h = 9, ...rest }) =>
  panel('heatmap', {
    w,
    h,
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      calculate: false,
      cellGap: 1,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5, reverse: false, fill: 'dark-orange' },
      yAxis: { unit: 'none', axisPlacement: 'left' },
      cellValues: { unit: 'short' },
      rowsFrame: { layout: 'auto' },
      legend: { show: true },
      tooltip: { mode: 'single', yHistogram: false, showColorScale: true },
      showValue: 'never',
      filterValues: { le: 1e-9 },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
    },
    transformations: [{ id: 'joinByField', options: { byField: 'Time', mode: 'outer' } }],
    ...rest,
  });

/** A query of a table whose labels are columns. One that carried a metric's name would not be merged with the others. */
export const info = (labels, series) => `max by (${labels}) (${series})`;

/**
 * A table with a row for each set of labels. Columns in their order: {label, name} shows a label, {query, name} the value
 * of a query at the end of the time shown (hidden: only its labels matter); with unit, width, cell, mappings, thresholds, link and others, as Grafana has them.
 */
export function table({ columns, sort, w = 24, h = 8, ...rest }) {
  const queries = columns.filter((c) => c.query !== undefined);
  const refIds = new Map(queries.map((c, i) => [c, String.fromCharCode(65 + i)]));
  const source = (c) => c.label ?? (queries.length === 1 ? 'Value' : `Value #${refIds.get(c)}`);
  const visible = columns.filter((c) => !c.hidden);
  return panel('table', {
    w,
    h,
    queries: queries.map((c) => ({ expr: c.query, format: 'table', instant: true, range: false })),
    transformations: [
      ...(queries.length > 1 ? [{ id: 'merge', options: {} }] : []),
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(
            ['Time', '__name__', 'job', ...columns.filter((c) => c.hidden).map(source)].map((name) => [name, true])
          ),
          indexByName: Object.fromEntries(visible.map((c, i) => [source(c), i])),
          renameByName: Object.fromEntries(visible.map((c) => [source(c), c.name])),
        },
      },
    ],
    fieldConfig: {
      defaults: { unit: 'short', custom: { align: 'auto', cellOptions: { type: 'auto' } } },
      overrides: visible.map(columnOverride).filter((o) => o.properties.length),
    },
    options: { showHeader: true, cellHeight: 'sm', ...(sort && { sortBy: [sort] }) },
    ...rest,
  });
}

function columnOverride({ name, unit, decimals, width, cell, mappings, thresholds, link, min, max, noValue }) {
  const options = cell && { type: cell, ...(cell === 'gauge' && { mode: 'basic', valueDisplayMode: 'text' }), ...(cell === 'color-background' && { mode: 'basic' }) };
  return named(name, {
    ...(unit && { unit }),
    ...(decimals !== undefined && { decimals }),
    ...(width && { 'custom.width': width }),
    ...(options && { 'custom.cellOptions': options }),
    ...(mappings && { mappings }),
    ...(thresholds ? { thresholds, color: { mode: 'thresholds' } } : cell === 'gauge' ? { color: color('blue') } : {}),
    ...(link && { links: [link] }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(noValue && { noValue }),
  });
}

/** A link of a table's cell to a dashboard, for the host and VM of its row. */
export const linkTo = (uid, title, { vm = true } = {}) => ({
  title,
  url:
    `/d/${uid}?\${__url_time_range}&\${datasource:queryparam}&var-instance=\${__data.fields["Host"]}` +
    (vm ? '&var-vm=${__data.fields["VM"]}' : ''),
});

// Variables.

const variable = (name, label, query, more = {}) => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query: { query, refId: `variable-${name}` },
  definition: query,
  refresh: 2,
  sort: 7,
  regex: '',
  hide: 0,
  multi: true,
  includeAll: true,
  current: { text: ['All'], value: ['$__all'] },
  ...more,
});

export const variables = {
  datasource: { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', regex: '', hide: 0, multi: false, includeAll: false, current: { text: '', value: '' } },
  instance: variable('instance', 'Host', 'label_values(bhyvescope_build_info, instance)', { allValue: '.+' }),
  vm: variable('vm', 'VM', `label_values(bhyve_vm_state{${HOST}}, vm)`, { allValue: '.+' }),
  vcpu: variable('vcpu', 'vCPU', `label_values(bhyve_vcpu_exits_total{${VM}}, vcpu)`, { allValue: '.+' }),
  // Wired memory tells a VM with a passthrough device also where the agent does not know whose the device is.
  passthroughVm: variable('vm', 'VM', `query_result(bhyve_vm_memory_wired_bytes{${HOST}} > 0)`, { regex: '/vm="([^"]+)"/' }),
  offset: {
    name: 'offset',
    label: 'Compare with',
    description: 'How long before, for the panels on the right: the same test before the change.',
    type: 'custom',
    query: '1m,5m,10m,15m,30m,1h,2h,6h,12h,1d,2d,7d',
    hide: 0,
    multi: false,
    includeAll: false,
    current: { text: '15m', value: '15m' },
  },
};

// Annotations: moments, from the metrics themselves.

const annotation = (name, iconColor, expr, titleFormat, tagKeys) => ({
  name,
  datasource: DATASOURCE,
  enable: true,
  hide: false,
  iconColor,
  expr,
  titleFormat,
  textFormat: '',
  tagKeys,
});

export const annotations = {
  ends: annotation('bhyve ended', 'red', `${grown(`bhyve_vm_ends_total{${VM}}`, '$__rate_interval')} > 0`, '{{vm}}: bhyve ended, {{how}}', 'instance,vm,how'),
  resets: annotation('VM reset', 'yellow', `increase(bhyve_vm_resets_total{${VM}}[$__rate_interval]) > 0`, '{{vm}} was reset', 'instance,vm'),
  captures: annotation('Capture', 'purple', `increase(bhyvescope_captures_total{${HOST}}[$__rate_interval]) > 0`, 'evidence was kept: {{trigger}}', 'instance,trigger'),
};

// The dashboard.

/**
 * Lays the panels of each row out from left to right, and makes the JSON.
 *
 * @param rows title and panels each; in place of a panel a list of them: they stand above each other
 */
export function dashboard({ uid, title, description, from, refresh = '10s', using, events = [], rows }) {
  let id = 0;
  let y = 0;
  const panels = [];
  for (const { title: rowTitle, panels: list } of rows) {
    panels.push({ type: 'row', id: ++id, title: rowTitle, collapsed: false, gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 }, panels: [] });
    let x = 0;
    let height = 0;
    for (const item of list) {
      const column = [item].flat(); // panels above each other, of one width
      const { w } = column[0].size;
      if (x + w > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      let top = 0;
      for (const { size, ...rest } of column) {
        panels.push({ id: ++id, gridPos: { x, y: y + top, w, h: size.h }, ...rest });
        top += size.h;
      }
      x += w;
      height = Math.max(height, top);
    }
    y += height;
  }
  return {
    id: null,
    uid,
    title,
    description,
    tags: ['bhyvescope'],
    schemaVersion: 42,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh,
    time: { from, to: 'now' },
    timezone: 'browser',
    timepicker: {},
    links: [
      { type: 'dashboards', title: 'bhyvescope', tags: ['bhyvescope'], asDropdown: false, includeVars: true, keepTime: true, targetBlank: false, icon: 'external link', tooltip: '', url: '' },
    ],
    annotations: { list: events.map((name) => annotations[name]) },
    templating: { list: ['datasource', ...using].map((name) => variables[name]) },
    panels,
  };
}
