import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import { Accounts } from '../../src/security/accounts.ts';
import { type HostcastServer, startServer } from '../../src/server.ts';
import { anonymous, type Caller, jwtSecret, makeCallers } from './matrix/callers.ts';
import { fleet, leaksIn, linesOf } from './matrix/fleet.ts';
import { httpCells, tryHttp } from './matrix/httpCells.ts';
import { sentMark, stompCells, tryStomp } from './matrix/stompCells.ts';
import { ask, closeAgent, connectFrame, forEach, frame, type Ports, StompWire } from './matrix/wire.ts';

// Everybody there may be, at every destination and address, in every spelling, by every verb: in the real server, on
// real sockets. What each may see is written down by hand in matrix/callers.ts, and knows nothing of the policy.

let cells = 0;
afterAll(() => {
  process.stdout.write(`the matrix of rights: ${cells} cells\n`);
  closeAgent();
});

describe.each(['users', 'none'] as const)('with --auth %s', (auth) => {
  let folder: string;
  let server: HostcastServer;
  let ports: Ports;
  let accounts: Accounts | undefined;
  let callers: readonly Caller[];
  let watchers: readonly { readonly caller: Caller; readonly wire: StompWire }[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hostcast-matrix-'));
    server = await start(folder, auth);
    ports = { http: server.port, stomp: server.stompPort! };
    if (auth === 'users') accounts = Accounts.open(folder);
    callers = accounts
      ? await makeCallers(accounts, (name, password) => login(ports, name, password))
      : [anonymous];
    const writer = callers.find(({ writes }) => writes.length === 2)!;
    const { status } = await write(ports, writer, fleet.map(linesOf).join(''));
    expect(status).toBe(204);
    watchers = await Promise.all(
      callers.filter(({ isReader }) => isReader).map((caller) => watch(ports, caller)),
    );
  });

  afterAll(async () => {
    for (const { wire } of watchers ?? []) wire.drop();
    accounts?.close();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('nobody gets by STOMP what is not theirs, and everybody gets what is', async () => {
    const all = callers.flatMap((caller) => stompCells().map((cell) => ({ caller, cell })));
    const faults: string[] = [];
    await forEach(all, async ({ caller, cell }) => {
      for (const fault of await tryStomp(ports, caller, cell)) {
        faults.push(
          `${caller.name} ${cell.verb} ${JSON.stringify(cell.destination)} ${cell.variant}: ${fault}`,
        );
      }
    });
    cells += all.length;
    expect(faults).toEqual([]);
  });

  it('nobody gets by HTTP what is not theirs, and everybody gets what is', async () => {
    const all = callers.flatMap((caller) => httpCells(folder).map((cell) => ({ caller, cell })));
    const faults: string[] = [];
    await forEach(all, async ({ caller, cell }) => {
      for (const fault of await tryHttp(ports, caller, cell)) {
        faults.push(
          `${caller.name} ${cell.method} ${cell.path} ${JSON.stringify(cell.headers ?? {})}: ${fault}`,
        );
      }
    });
    cells += all.length;
    expect(faults).toEqual([]);
  });

  it('nothing that anybody sent has reached another, and no tick has shown what it should not', () => {
    for (const { caller, wire } of watchers) {
      const { octets } = wire;
      expect(octets.includes(sentMark), caller.name).toBe(false);
      expect(leaksIn(octets, caller.sees, caller.names.join()), caller.name).toEqual([]);
      for (const host of caller.sees) {
        expect(
          octets.includes(fleet.find(({ name }) => name === host)!.figure),
          `${caller.name} ${host}`,
        ).toBe(true);
      }
    }
  });

  it('nobody writes figures of a host that is not theirs to write', async () => {
    const hosts = ['written-web', 'written-db'];
    const all = callers.flatMap((caller) =>
      writePaths.flatMap((path) => hosts.map((host) => ({ caller, path, host }))),
    );
    const wrong: string[] = [];
    await forEach(all, async ({ caller, path, host }) => {
      const line = `mem,host=${host},by=${caller.name} used_percent=1\n`;
      const { status } = await ask(ports, caller, { method: 'POST', path, body: line });
      if ((status === 204) !== caller.writes.includes(host))
        wrong.push(`${caller.name} ${path} ${host}: ${status}`);
    });
    cells += all.length;
    expect(wrong).toEqual([]);
  });
});

it('the matrix has 10,000 cells and more', () => {
  expect(cells).toBeGreaterThan(10_000);
});

const writePaths = ['/write?db=x', '/api/v2/write?bucket=x&org=y', '/api/v3/write_lp?db=x', '/telegraf'];

async function start(folder: string, auth: 'users' | 'none'): Promise<HostcastServer> {
  const environment = {
    HOSTCAST_JWT_SECRET: auth === 'users' ? jwtSecret : undefined,
    HOSTCAST_LIMITS_LOGINS_PER_MINUTE: '1000',
    HOSTCAST_LIMITS_SESSIONS_PER_USER: '1000',
  };
  const flags = ['--port', '0', '--stomp-port', '0', '--data', folder, '--interval', '1s', '--no-collect'];
  const config = readConfig([...flags, '--auth', auth], environment, 'hostcast', folder);
  return await startServer(config, pino({ level: 'silent' }));
}

async function login(ports: Ports, name: string, password: string): Promise<string> {
  const answer = await ask(ports, anonymous, {
    method: 'POST',
    path: '/api/login',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  return (JSON.parse(answer.body) as { token: string }).token;
}

function write(ports: Ports, caller: Caller, body: string) {
  return ask(ports, caller, { method: 'POST', path: '/write?db=telegraf', body });
}

/** Somebody who looks at all they may for as long as the matrix lasts; resolves when they see it. */
async function watch(ports: Ports, caller: Caller): Promise<{ caller: Caller; wire: StompWire }> {
  const wire = new StompWire(ports);
  const destinations = [
    '/topic/hosts',
    '/user/queue/notices',
    ...fleet
      .filter(({ name }) => caller.names.includes(name))
      .map(({ encoded }) => `/topic/hosts.${encoded}`),
  ];
  wire.send(connectFrame(caller));
  destinations.forEach((destination, id) => {
    wire.send(
      frame('SUBSCRIBE', [
        ['id', String(id)],
        ['destination', destination],
      ]),
    );
  });
  const seen = fleet
    .filter(({ name }) => caller.sees.includes(name))
    .map(({ figure, measurement }) => [figure, measurement]);
  const isSeeing = await wire.until((octets) => seen.flat().every((mark) => octets.includes(mark)));
  expect(isSeeing, `${caller.name} sees ${caller.sees.join()}: ${wire.octets.toString().slice(-500)}`).toBe(
    true,
  );
  return { caller, wire };
}
