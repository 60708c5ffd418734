import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HostcastProcess, makeFolder } from '../support/hostcastProcess.ts';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Asks for a WebSocket; the status of the answer, 101 where it is one. */
async function upgradeStatus(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await upgrade(url, headers)).statusCode ?? 0;
}

async function upgrade(url: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const asking: ClientRequest = request(`${url}/ws`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    },
  }).end();
  onTestFinished(() => void asking.destroy());
  const [response] = await Promise.race([once(asking, 'upgrade'), once(asking, 'response')]);
  return response;
}

async function write(url: string, body: string): Promise<[number, string]> {
  const response = await fetch(`${url}/api/v2/write`, { method: 'POST', body });
  return [response.status, await response.text()];
}

describe('settings of hostcast.toml', () => {
  it('have their effect: limits of writes, names of hosts, origins', async () => {
    const file = join(makeFolder(), 'h.toml');
    writeFileSync(
      file,
      'collect = false\n[network]\nallowed-hosts = ["hostcast.example"]\nallowed-origins = ["https://status.example"]\n' +
        '[limits]\nbody = "2KiB"\nline = "1KiB"\ntags = 1\nfields = 2\n',
    );
    const { url } = await HostcastProcess.start(['--config', file]);

    expect(await write(url, `m,host=a v=1\n${'x'.repeat(2_048)}`)).toEqual([
      413,
      expect.stringContaining('larger than 2048 octets'),
    ]);
    expect(await write(url, `m,host=a v=1,w="${'x'.repeat(1_024)}"`)).toEqual([
      400,
      expect.stringContaining('1024'),
    ]);
    expect(await write(url, 'm,host=a,b=c v=1')).toEqual([400, expect.stringContaining('tags')]);
    expect(await write(url, 'm,host=a v=1,w=2,x=3')).toEqual([400, expect.stringContaining('fields')]);
    expect((await write(url, 'm,host=a v=1,w=2'))[0]).toBe(204);

    expect(await upgradeStatus(url, {})).toBe(101);
    expect(await upgradeStatus(url, { host: 'hostcast.example' })).toBe(101);
    expect(await upgradeStatus(url, { host: 'rebound.example' })).toBe(403);
    expect(await upgradeStatus(url, { origin: 'https://status.example' })).toBe(101);
    expect(await upgradeStatus(url, { origin: 'https://other.example' })).toBe(403);
  });

  it('round percentages of the embedded store, and nothing else', async () => {
    const file = join(makeFolder(), 'h.toml');
    writeFileSync(file, 'collect = false\n[store]\npercent-decimals = 2\n');
    const { url, data } = await HostcastProcess.start(['--config', file]);
    const timeMs = Date.now() - 1_000;
    expect(
      await write(url, `cpu,host=a usage_idle=97.123456,used_percent=3.14159,load1=0.123456 ${timeMs}000000`),
    ).toEqual([204, '']);
    const { stdout } = spawnSync(process.execPath, [program, 'export', '--data', data], { encoding: 'utf8' });
    expect(stdout).toBe(`cpu,host=a load1=0.123456,usage_idle=97.12,used_percent=3.14 ${timeMs}000000\n`);
  });

  it('compress what viewers are sent only where they say so', async () => {
    const file = join(makeFolder(), 'h.toml');
    writeFileSync(file, 'collect = false\n[network]\ncompression = true\n');
    const offer = { 'sec-websocket-extensions': 'permessage-deflate' };
    const compressing = await HostcastProcess.start(['--config', file]);
    const other = await HostcastProcess.start(['--no-collect']);
    expect((await upgrade(compressing.url, offer)).headers['sec-websocket-extensions']).toMatch(
      /^permessage-deflate;/,
    );
    expect((await upgrade(other.url, offer)).headers['sec-websocket-extensions']).toBeUndefined();
  });
});

describe('hostcast check-config', () => {
  const check = (args: string[], cwd: string) =>
    spawnSync(process.execPath, [program, 'check-config', ...args], { cwd, encoding: 'utf8' });

  it('ends with 0 where all is right, and with 1 where something is wrong', () => {
    const folder = makeFolder();
    expect(check([], folder)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('is right'),
      stderr: '',
    });
    writeFileSync(join(folder, 'hostcast.toml'), 'port = "x"\nprot = 1');
    expect(check([], folder)).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        'hostcast: hostcast.toml:1:1: port: it is a whole number, without quotes\n' +
        'hostcast.toml:2:1: prot: there is no such setting; did you mean port?\n',
    });
  });
});
