import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newFolder, noon, open } from './folder.ts';

const writer = fileURLToPath(new URL('./crashWriter.mjs', import.meta.url));
const rounds = 12;
const hosts = 20;

/** Runs the writer until it has acknowledged `ticks` more, kills it, and returns the last tick acknowledged. */
async function writeUntilKilled(folder: string, from: number, ticks: number): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {},
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    output += text;
    if (output.split('\n').length > ticks) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  const whole = output.slice(0, output.lastIndexOf('\n'));
  return Number(whole.slice(whole.lastIndexOf('\n') + 1));
}

it('loses nothing that was acknowledged when it is killed, whatever it was doing', async () => {
  const folder = newFolder();
  let next = 0;
  for (let round = 0; round < rounds; round++) {
    const acknowledged = await writeUntilKilled(folder, next, 30 + round * 37);
    const database = open({ folder, windowMs: 20_000, now: () => noon + acknowledged * 1000 });
    expect(
      database.events.filter(({ type }) => type !== 'lock-taken-over' && type !== 'log-damaged'),
    ).toEqual([]);
    const all = database.read({}, noon, noon + 1e9);
    expect(all).toHaveLength(hosts);
    next = all[0]!.times.length;
    // One batch may have been written and not yet acknowledged.
    expect([acknowledged + 1, acknowledged + 2]).toContain(next);
    const ticks = Array.from({ length: next }, (_, tick) => tick);
    for (const { times, columns, texts } of all) {
      expect([...times]).toEqual(ticks.map((tick) => noon + tick * 1000));
      expect([...columns.get('tick')!]).toEqual(ticks);
      expect([...columns.get('third')!]).toEqual(ticks.map((tick) => tick / 3));
      expect(texts.get('text')).toEqual(ticks.map((tick) => `tick ${tick}`));
    }
    expect(database.latest({ fields: ['tick'] })[0]?.previousValues[0]).toBe(next - 2);
    database.close();
  }
}, 120_000);
