import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../src/database.ts';
import { newFolder } from './folder.ts';

const writer = fileURLToPath(new URL('busyWriter.mjs', import.meta.url));
const retentionTicks = 2_000;

it('has all that was acknowledged, without a gap, while a process seals, merges and drops all the time', async () => {
  const folder = newFolder();
  const file = join(folder, 'acknowledged');
  const child = spawn(process.execPath, [writer, join(folder, 'data'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  const ended = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const acknowledged = (): number => readFileSync(file).readDoubleLE(0);
  for (let round = 0; round < 100; round++) {
    const before = acknowledged();
    const database = openDatabase({ folder: join(folder, 'data'), readOnly: true });
    const after = acknowledged();
    const [samples] = database.read({}, 0, Number.MAX_SAFE_INTEGER);
    database.close();
    const ticks = [...samples!.columns.get('tick')!];
    const first = Math.max(ticks[0]!, after - retentionTicks + 40);
    const kept = ticks.filter((tick) => tick >= first);
    expect(kept.length, `${first} to ${kept.at(-1)}`).toBe(kept.at(-1)! - first + 1);
    expect(kept.at(-1), `round ${round}`).toBeGreaterThanOrEqual(before);
    expect(first).toBeLessThanOrEqual(after - retentionTicks + 60);
  }
  child.kill('SIGKILL');
  await ended;
});
