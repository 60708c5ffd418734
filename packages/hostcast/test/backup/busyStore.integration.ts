import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@hostcast/tsdb';
import { expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/cliRun.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

const writerProgram = fileURLToPath(new URL('busyStore.mjs', import.meta.url));
const start = Date.UTC(2026, 0, 2, 12);
const retentionTicks = 400 * 20;
const windowTicks = 20;

/** A process that writes without end, and the newest tick that it has acknowledged. */
async function startWriter(folder: string) {
  const child = spawn(process.execPath, [writerProgram, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let acknowledged = -1;
  let rest = '';
  child.stdout!.on('data', (text: Buffer) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) acknowledged = Number(lines.at(-1));
  });
  await once(child.stdout!, 'data');
  return {
    get acknowledged() {
      return acknowledged;
    },
    /** Waits until so many ticks are acknowledged; how fast it is, is up to the machine. */
    async until(tick: number): Promise<void> {
      while (acknowledged < tick) await once(child.stdout!, 'data');
    },
  };
}

/** Ticks of each host, as they came back. */
function ticksIn(folder: string): Map<string, number[]> {
  const database = openDatabase({ folder, readOnly: true });
  const byHost = new Map<string, number[]>();
  for (const { tags, times, columns, texts } of database.read({}, 0, Number.MAX_SAFE_INTEGER)) {
    const ticks = [...columns.get('tick')!];
    expect(Array.from(times, (timeMs) => (timeMs - start) / 50)).toEqual(ticks);
    expect(texts.get('text')).toEqual(ticks.map((tick) => `tick ${tick}`));
    byHost.set(tags[0]![1], ticks);
  }
  database.close();
  return byHost;
}

it('a backup of a store that seals, merges and drops all the time has all that was acknowledged before', async () => {
  const folder = makeFolder();
  const target = makeFolder();
  const data = join(folder, 'data');
  const writer = await startWriter(data);
  await writer.until(retentionTicks + 1_000);
  for (let round = 0; round < 4; round++) {
    const file = join(folder, `${round}.tar`);
    await writer.until(writer.acknowledged + 100);
    const before = writer.acknowledged;
    const made = await runCli(['backup', file, '--data', data]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const after = writer.acknowledged;
    const restored = join(target, String(round));
    expect(await runCli(['restore', file, '--data', restored])).toMatchObject({ code: 0 });
    const byHost = ticksIn(restored);
    expect(byHost.size).toBe(5);
    // A little more may have been written than was heard of.
    const oldest = Math.max(0, after + 2_000 - retentionTicks + windowTicks);
    expect(oldest).toBeLessThan(before);
    for (const ticks of byHost.values()) {
      const expected = Array.from({ length: before - oldest + 1 }, (_, index) => oldest + index);
      const known = new Set(ticks);
      expect(expected.filter((tick) => !known.has(tick))).toEqual([]);
    }
    rmSync(restored, { recursive: true });
  }
}, 120_000);
