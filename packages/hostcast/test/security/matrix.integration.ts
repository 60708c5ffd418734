import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import type { HostSnapshot } from '../../src/publish/snapshots.ts';
import { type HostcastServer, startServer } from '../../src/server.ts';
import { anonymous, type Caller, jwtSecret, prepareCallers } from './matrix/callers.ts';
import { fleet, leaksIn, linesOf } from './matrix/fleet.ts';
import { httpCells, tryHttp } from './matrix/httpCells.ts';
import { sentMark, stompCells, tryStomp, tryWebSocket } from './matrix/stompCells.ts';
import { ask, closeAgent, connectFrame, forEach, frame, type Ports, StompWire } from './matrix/wire.ts';

// Everybody there may be, at every destination and address, in every spelling, by every verb: in the real server, on
// real sockets. What each may see is written down by hand in matrix/callers.ts, and knows nothing of the policy.

/** For a machine that has other things to do; alone, it takes half a minute. */
const patienceMs = 240_000;

let cells = 0;
afterAll(() => {
  process.stdout.write(`the matrix of rights: ${cells} cells\n`);
  closeAgent();
});

describe.each(['users', 'none'] as const)('with --auth %s', (auth) => {
  let folder: string;
  let server: HostcastServer;
  let ports: Ports;
  let callers: readonly Caller[];
  let watchers: readonly { readonly caller: Caller; readonly wire: StompWire }[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hostcast-matrix-'));
    const makeCallers = auth === 'users' ? await prepareCallers(folder) : async () => [anonymous];
    server = await start(folder, auth);
    ports = { http: server.port, stomp: server.stompPort! };
    callers = await makeCallers((name, password) => login(ports, name, password));
    const writer = callers.find(({ writes }) => writes.length === 2)!;
    const { status } = await write(ports, writer, fleet.map(linesOf).join(''));
    expect(status).toBe(204);
    await untilFleetHasAll(ports, callers.find(({ isWide }) => isWide)!);
    watchers = await Promise.all(
      callers.filter(({ isReader }) => isReader).map((caller) => watch(ports, caller)),
    );
  });

  afterAll(async () => {
    for (const { wire } of watchers ?? []) wire.drop();
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    'nobody gets by STOMP what is not theirs, and everybody gets what is',
    async () => {
      const all = callers.flatMap((caller) => stompCells(caller).map((cell) => ({ caller, cell })));
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
    },
    patienceMs,
  );

  it(
    'nobody gets by HTTP what is not theirs, and everybody gets what is',
    async () => {
      const all = callers.flatMap((caller) => httpCells(caller, folder).map((cell) => ({ caller, cell })));
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
    },
    patienceMs,
  );

  it(
    'the same holds over WebSockets',
    async () => {
      const sample = stompCells(callers[0]!).filter(
        ({ verb, variant, isExact }) => isExact && verb === 'SUBSCRIBE' && variant === 'plain',
      );
      const all = callers.flatMap((caller) => sample.map((cell) => ({ caller, cell })));
      const faults: string[] = [];
      await forEach(all, async ({ caller, cell }) => {
        for (const fault of await tryWebSocket(ports, caller, cell)) {
          faults.push(`${caller.name} ${JSON.stringify(cell.destination)}: ${fault}`);
        }
      });
      cells += all.length;
      expect(faults).toEqual([]);
    },
    patienceMs,
  );

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

  it('who may not see a host is answered as if there were none, octet by octet', async () => {
    const all = callers.flatMap((caller) => fleet.map((host) => ({ caller, host })));
    await forEach(all, async ({ caller, host }) => {
      if (caller.sees.includes(host.name)) return;
      for (const rest of ['', '/history?from=1&to=2']) {
        const real = await ask(ports, caller, { path: `/api/hosts/${host.path}${rest}` });
        const none = await ask(ports, caller, { path: `/api/hosts/nobody${rest}` });
        const name = JSON.stringify(JSON.stringify(host.name)).slice(1, -1);
        expect(real.body.replace(name, '\\"nobody\\"'), `${caller.name} ${host.name}`).toBe(none.body);
      }
    });
    cells += 2 * all.length;
  });

  it('nobody writes figures of a host that is not theirs to write', async () => {
    const all = callers.flatMap((caller) => writePaths.map((path, i) => ({ caller, path, i })));
    const bodyOf = ({ name }: Caller, way: string | number) =>
      ['written-web', 'written-db'].map((host) => `by_${name}_${way},host=${host} x=1\n`).join('');
    await forEach(all, async ({ caller, path, i }) => {
      await ask(ports, caller, { method: 'POST', path, body: bodyOf(caller, i) });
    });
    await forEach(callers, async (caller) => {
      const wire = new StompWire(ports);
      const sent = frame('SEND', [['destination', 'telegraf']], bodyOf(caller, 'stomp'));
      wire.send(connectFrame(caller) + sent);
      await wire.leave();
    });
    cells += 2 * (all.length + callers.length);
    const reader = callers.find(({ isWide }) => isWide)!;
    for (const host of ['written-web', 'written-db']) {
      const writers = callers.filter(({ writes }) => writes.includes(host));
      const ways = [...writePaths.map((_, i) => i), 'stomp'];
      const expected = writers.flatMap(({ name }) => ways.map((way) => `by_${name}_${way}`));
      const panels = async () => {
        const { body } = await ask(ports, reader, { path: `/api/hosts/${host}` });
        return Object.keys((JSON.parse(body) as HostSnapshot).panels).sort();
      };
      // Somebody may look at it already: then it is as of the last tick.
      await expect.poll(panels, { timeout: 30_000, message: host }).toEqual(expected.sort());
    }
  });

  it('a host that moves is out of sight with the next tick of who may see its old place only', async () => {
    const wide = watchers.find(({ caller }) => caller.isWide)!;
    const writer = callers.find(({ writes }) => writes.length === 2)!;
    const host = fleet.find(({ name }) => name === 'db-numbat')!;
    const moved = { ...host, dc: 'nrt', figure: '77777.125', measurement: 'movedcanary' } as const;
    await write(ports, writer, linesOf(moved));
    await wide.wire.until((octets) => octets.includes(moved.figure) && octets.includes(moved.measurement));
    for (const { caller, wire } of watchers) {
      const isHeld = !caller.sees.includes(host.name) || caller.name.endsWith('icn');
      // What is published is given to all in one go; what was written before their answer has come before it.
      const isThere = isHeld ? await seesInSession(wire, moved.figure) : wire.octets.includes(moved.figure);
      expect(isThere, caller.name).toBe(!isHeld);
    }
  });
});

it('the matrix has 10,000 cells and more', () => {
  expect(cells).toBeGreaterThan(10_000);
});

/** Whether something has come by the time that what is asked now is answered. */
async function seesInSession(wire: StompWire, mark: string): Promise<boolean> {
  const receipt = `asked-${wire.octets.length}`;
  wire.send(`UNSUBSCRIBE\nid:1\nreceipt:${receipt}\n\n\0`);
  await wire.until((octets) => octets.includes(receipt));
  return wire.octets.includes(mark);
}

const writePaths = ['/write?db=x', '/api/v2/write?bucket=x&org=y', '/api/v3/write_lp?db=x', '/telegraf'];

async function start(folder: string, auth: 'users' | 'none'): Promise<HostcastServer> {
  const environment = {
    HOSTCAST_JWT_SECRET: auth === 'users' ? jwtSecret : undefined,
    HOSTCAST_LIMITS_LOGINS_PER_MINUTE: '1000',
    HOSTCAST_LIMITS_HANDSHAKES_PER_MINUTE: '100000',
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
/** Until a tick has published what was written: who takes one message and no more is to find it in that. */
async function untilFleetHasAll(ports: Ports, caller: Caller): Promise<void> {
  const wire = new StompWire(ports);
  wire.send(
    connectFrame(caller) +
      frame('SUBSCRIBE', [
        ['id', '0'],
        ['destination', '/topic/hosts'],
      ]),
  );
  expect(await wire.until((octets) => fleet.every(({ figure }) => octets.includes(figure)))).toBe(true);
  await wire.leave();
}

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
