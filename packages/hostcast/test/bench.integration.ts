import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeFolder } from './support/hostcastProcess.ts';
import { influxdMissing } from './support/influxd.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs `npm run bench` in tiny; what it measures is no matter here, that it runs is. */
async function bench(args: readonly string[], folder: string = makeFolder()): Promise<string> {
  const options = { env: { ...process.env, TMPDIR: folder } };
  const { stdout } = await promisify(execFile)(process.execPath, [`${root}/bench/run.mjs`, ...args], options);
  return stdout;
}

// Each starts some ten processes, one after the other.
describe.skipIf(influxdMissing !== undefined)('npm run bench', { timeout: 300_000 }, () => {
  it('compares the parser of line protocol with influxd, and leaves nothing behind', async () => {
    const folder = makeFolder();
    const output = await bench(['lines', '--hosts', '3', '--runs', '1'], folder);
    expect(output).toMatch(/MB\/s per core \| [\d.]+ \| ≥ 100/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('has the same answers of both stores', async () => {
    const output = await bench(['store', '--hosts', '3', '--hours', '2', '--runs', '1']);
    expect(output).toContain('The answers of both were the same');
    expect(output).toMatch(/opening .* \| ≤ 2/);
    expect(output).toMatch(/percentages rounded .* \| ≤ 0.4/);
  });

  it('writes over HTTP into both', async () => {
    const output = await bench(['ingest', '--hosts', '3', '--runs', '1', '--seconds', '1']);
    expect(output).toContain('| lines/s, 4 connections |');
  });

  it('measures the event loop of the real server', async () => {
    expect(await bench(['loop', '--hosts', '3', '--seconds', '2'])).toMatch(/\| p99 \| [\d.]+ \| ≤ 5/);
  });

  it('compares viewers through hostcast with pollers', async () => {
    const output = await bench(['viewers', '--hosts', '3', '--seconds', '3']);
    expect(output).toContain("| seconds of influxd's processor per 10 s, for being looked at |");
  });

  it('says what is wrong with its arguments', async () => {
    await expect(bench(['nonsense'])).rejects.toThrow('there is no table nonsense: lines, store');
    await expect(bench(['lines', '--hosts', '0'])).rejects.toThrow('--hosts 0 is not a number above 0');
    await expect(bench(['--write', '--hosts', '3'])).rejects.toThrow('--write takes no other sizes');
  });
});

it('docs/benchmarks.md has a place for every table', async () => {
  const [, names] = /Tables: (.*);/.exec(await bench(['--help']))!;
  const text = readFileSync(`${root}/docs/benchmarks.md`, 'utf8');
  for (const name of names!.split(', ')) {
    expect(text).toMatch(new RegExp(`<!-- bench:${name} -->[^]*<!-- /bench:${name} -->`));
  }
});

it('npm run bench:fanout tells its parts, and what is wrong with its arguments', async () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [`${root}/bench/fanout.mjs`, ...args]);
  const { stdout } = await run('--help');
  expect(stdout).toContain('Parts: thousand, tenThousand, again, restart, topics, ids, deflate, slow, idle;');
  await expect(run('nonsense')).rejects.toThrow('there is no part nonsense: thousand, tenThousand,');
  await expect(run('--write', 'slow')).rejects.toThrow('--write takes no parts');
  await expect(run('--rounds', '0')).rejects.toThrow('--rounds 0 is not a number above 0');
});
