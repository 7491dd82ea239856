#!/usr/bin/env node
// Writes dashboards/grafana/*.json from the sources beside this file; --check writes nothing and tells what differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { reasonsThatDiffer } from './lib.mjs';

const NAMES = ['hosts', 'vm', 'gpu', 'agent'];
const check = process.argv[2] === '--check';
if (process.argv.length > (check ? 3 : 2)) {
  console.error('usage: node build.mjs [--check]');
  process.exit(2);
}

const strange = reasonsThatDiffer();
if (strange.length) {
  console.error(`reasons.tsv and statistics.tsv do not have the same exit reasons: ${strange.join(', ')}`);
  process.exit(1);
}

const folder = new URL('../grafana/', import.meta.url);
mkdirSync(folder, { recursive: true });
const stale = [];
for (const name of NAMES) {
  const { default: dashboard } = await import(`./${name}.mjs`);
  const file = new URL(`${name}.json`, folder);
  const json = `${JSON.stringify(dashboard, null, 2)}\n`;
  if (check) {
    if (!existsSync(file) || readFileSync(file, 'utf8') !== json) stale.push(fileURLToPath(file));
  } else writeFileSync(file, json);
}
if (stale.length) {
  console.error(`not as dashboards/source makes them: ${stale.join(', ')}\nRun: make dashboards`);
  process.exit(1);
}
