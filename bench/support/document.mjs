// docs/benchmarks.md: where the tables are put, and on what they were made.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fail, root } from '../../scripts/workspace.mjs';

const document = join(root, 'docs/benchmarks.md');

/** When, on what, with what. */
export function machine(...more) {
  const [cpu] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(totalmem() / 1024 ** 3);
  const processor = `${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown processor'}`;
  return `${[day, processor, `${memory} GiB`, `Node ${process.versions.node}`, ...more].join(', ')}.`;
}

/** Puts a table in its place. */
export function insert(name, text) {
  const before = readFileSync(document, 'utf8');
  const place = new RegExp(`(<!-- bench:${name} -->\\n)[\\s\\S]*?(<!-- /bench:${name} -->)`);
  if (!place.test(before)) fail(`docs/benchmarks.md has no place for the table ${name}`);
  writeFileSync(
    document,
    before.replace(place, (_, start, end) => `${start}\n${text}\n\n${end}`),
  );
}
