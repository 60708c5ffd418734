import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { exchange } from '../support/rawClient.ts';

// It tells what Linux was asked for.
const hasSs = process.platform === 'linux' && spawnSync('ss', ['-V']).status === 0;

/** The statuses of a GET or, with a body, a POST by one name, one after the other. */
async function statusesOf(
  hostcast: HostcastProcess,
  host: string,
  headers = '',
): Promise<Record<string, number>> {
  const port = Number(new URL(hostcast.url).port);
  const statuses: Record<string, number> = {};
  for (const path of ['/', '/hosts/web-1', '/api/hosts', '/metrics', '/ws', '/health', '/ping']) {
    const octets = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\n${headers}Connection: close\r\n\r\n`;
    statuses[path] = (await exchange(port, octets)).statuses[0] ?? 0;
  }
  return statuses;
}

const refused = { '/': 403, '/hosts/web-1': 403, '/api/hosts': 403, '/metrics': 403, '/ws': 403 };
const programs = { '/health': 200, '/ping': 204 };

it('a page whose name was pointed here gets nothing; a Telegraf may use any name', async () => {
  const hostcast = await HostcastProcess.start(['--no-collect'], {
    environment: { HOSTCAST_NETWORK_ALLOWED_HOSTS: 'status.example.org' },
  });
  const forged = 'X-Forwarded-Host: status.example.org\r\n';
  expect(await statusesOf(hostcast, 'evil.example', forged)).toMatchObject({
    ...programs,
    ...refused,
  });
  const known = await statusesOf(hostcast, 'status.example.org');
  expect(known).toMatchObject({ ...programs, '/': 200, '/hosts/web-1': 200, '/api/hosts': 200 });
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
  const port = Number(new URL(hostcast.url).port);
  const ws = await exchange(port, `GET /ws HTTP/1.1\r\nHost: evil.example\r\n${upgrade}\r\n`);
  expect(ws.statuses).toEqual([403]);
});

it('a trusted proxy tells the name and the address; handshakes are counted by that address', async () => {
  const hostcast = await HostcastProcess.start(['--no-collect'], {
    environment: {
      HOSTCAST_NETWORK_ALLOWED_HOSTS: 'status.example.org',
      HOSTCAST_NETWORK_TRUSTED_PROXIES: '127.0.0.0/8',
      HOSTCAST_AUTH: 'none',
      HOSTCAST_LIMITS_HANDSHAKES_PER_MINUTE: '1',
    },
  });
  const forwarded = 'X-Forwarded-Host: status.example.org\r\n';
  expect(await statusesOf(hostcast, 'hostcast', forwarded)).toMatchObject({ '/': 200, '/api/hosts': 200 });
  expect(await statusesOf(hostcast, 'localhost', 'X-Forwarded-Host: evil.example\r\n')).toMatchObject({
    '/': 403,
  });
  const port = Number(new URL(hostcast.url).port);
  const handshake = (address: string) =>
    exchange(
      port,
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        `X-Forwarded-For: 10.0.0.1, ${address}\r\nSec-WebSocket-Version: 12\r\n\r\n`,
    );
  expect((await handshake('203.0.113.1')).statuses).toEqual([400]); // counted, and no WebSocket
  expect((await handshake('203.0.113.2')).statuses).toEqual([400]);
  const again = await handshake('203.0.113.1');
  expect(again.statuses).toEqual([429]);
  expect(again.received).toMatch(/\r\nRetry-After: \d{1,2}\r\n/);
});

it.runIf(hasSs)(
  'as many viewers wait to be taken as were asked for, where the system allows it',
  async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const { port } = new URL(hostcast.url);
    const [, , backlog] = execFileSync('ss', ['-ltnH', `sport = :${port}`], { encoding: 'utf8' }).split(/ +/);
    const allowed = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    expect(Number(backlog)).toBe(Math.min(4_096, allowed));
  },
);
