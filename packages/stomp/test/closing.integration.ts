import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { cleanUp } from './support/network.ts';

test.each(['DISCONNECT', 'SEND'])(
  'a process whose last hook never answers %s ends when close has, and not before',
  async (command) => {
    const child = spawn(process.execPath, [resolve(import.meta.dirname, 'support/closing.mjs'), command]);
    cleanUp(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (text: Buffer) => (output += text));
    child.stderr.on('data', (text: Buffer) => (output += text));
    const [code] = await once(child, 'close');
    const overdue = `a hook has not answered ${command === 'SEND' ? 'a frame' : 'DISCONNECT'} within closeMs 50`;
    expect(output.split('\n')).toEqual([overdue, 'disconnected shutdown', 'closed', '']);
    expect(code).toBe(0);
  },
);
