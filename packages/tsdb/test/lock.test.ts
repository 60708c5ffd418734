import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newFolder, open } from './folder.ts';

it('is refused to a second one, naming the process and the folder', () => {
  const folder = newFolder();
  open({ folder });
  expect(() => open({ folder })).toThrowError(
    expect.objectContaining({
      code: 'ERR_TSDB_LOCKED',
      message: `${folder} is in use by this process: stop it first, or choose another data folder`,
    }),
  );
});

it('is refused while another process lives, and taken over when it is gone', async () => {
  const folder = newFolder();
  const other = spawn('sleep', ['60']);
  writeFileSync(join(folder, 'LOCK'), JSON.stringify({ pid: other.pid, started: null }));
  expect(() => open({ folder })).toThrowError(expect.objectContaining({ code: 'ERR_TSDB_LOCKED' }));
  other.kill('SIGKILL');
  await once(other, 'exit');
  const database = open({ folder });
  expect(database.events).toEqual([{ type: 'lock-taken-over', pid: other.pid }]);
});

it('is taken over from a process whose id belongs to another one now', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'LOCK'), JSON.stringify({ pid: process.pid, started: 'another boot/1' }));
  const database = open({ folder });
  expect(database.events).toEqual([{ type: 'lock-taken-over', pid: process.pid }]);
  expect(JSON.parse(readFileSync(join(folder, 'LOCK'), 'utf8'))).toMatchObject({ pid: process.pid });
});

it('is taken over where nobody can be made out of it', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'LOCK'), '');
  expect(open({ folder }).events).toEqual([{ type: 'lock-taken-over', pid: 0 }]);
});

it('is given back on close', () => {
  const folder = newFolder();
  open({ folder }).close();
  expect(existsSync(join(folder, 'LOCK'))).toBe(false);
  open({ folder });
});

/** A lock of a process that no signal reaches from here: of another container, or of another machine. */
function lockFromElsewhere(folder: string): string {
  const path = join(folder, 'LOCK');
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: 'elsewhere/1', space: 'elsewhere' }));
  return path;
}

it.runIf(process.platform === 'linux')(
  'is refused while a process of another container or machine shows that it lives, and says so',
  async () => {
    const folder = newFolder();
    const path = lockFromElsewhere(folder);
    const touch =
      'setInterval(() => fs.utimesSync(process.argv[1], Date.now() / 1000, Date.now() / 1000), 5)';
    const other = spawn(process.execPath, ['-e', `${touch}; console.log('touching')`, path]);
    onTestFinished(() => void other.kill('SIGKILL'));
    await once(other.stdout, 'data');
    expect(() => open({ folder })).toThrowError(
      expect.objectContaining({
        code: 'ERR_TSDB_LOCKED',
        message:
          `${folder} is in use by process ${process.pid} of another container or machine: ` +
          'stop it first, or choose another data folder',
      }),
    );
  },
);

it.runIf(process.platform === 'linux')(
  'is taken over from a process elsewhere that has shown no life for 15 s',
  () => {
    for (const silentSeconds of [14.8, 16]) {
      const folder = newFolder();
      utimesSync(lockFromElsewhere(folder), 1, Date.now() / 1000 - silentSeconds);
      expect(open({ folder }).events).toEqual([{ type: 'lock-taken-over', pid: process.pid }]);
    }
  },
);
