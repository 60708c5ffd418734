// What the specifications of STOMP 1.0, 1.1 and 1.2 ask of a server (every MUST and SHOULD), and what clients
// over WebSocket rely on: a row for each scored point, by its number. A black box: octets in, octets out.
import { once } from 'node:events';
import { FakeClock } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { brokerRows } from './checklist/brokerRows.ts';
import { carriageRows } from './checklist/carriageRows.ts';
import { complaints } from './checklist/judge.ts';
import { protocolRows } from './checklist/protocolRows.ts';
import { RawPeer } from './checklist/rawPeer.ts';
import { C12, CLOSE, CUT, type Expected, frame, type Move, send, subscribe } from './checklist/row.ts';
import { eventually } from './support/eventually.ts';
import { cleanUp, type Served, serve } from './support/network.ts';

const rows = [...protocolRows, ...brokerRows, ...carriageRows];
/** Those whose story is no row: many connections, time, the handshake. */
const told = [16, 17, 18, 19, 20, 21, 110];

test.each(rows)('$point: $name', async (row) => {
  const server = await serve(row.options ?? {});
  const peers = new Map<string, RawPeer>();
  const gone = new Set<string>();
  for (const [name, move] of row.moves) {
    const peer = peers.get(name) ?? (await open(server));
    peers.set(name, peer);
    // What is cut off too early never comes.
    if (move === CUT) await eventually(() => compare(peer, row.got[name] ?? []));
    await make(move, peer, server);
    if (move === CUT || move === CLOSE) gone.add(name);
  }
  for (const [name, expected] of Object.entries(row.got)) {
    const peer = peers.get(name);
    if (!peer) throw new Error(`nobody is called ${name}`);
    if (expected.includes('X')) await peer.closed();
    else if (!gone.has(name)) await leave(peer);
    compare(peer, expected);
  }
});

test('16. fifty rapid connects and disconnects leave a server that works', async () => {
  const server = await serve();
  for (let round = 0; round < 50; round += 1) {
    const peer = await open(server);
    peer.socket.send(C12 + (round % 2 === 0 ? frame('DISCONNECT') : ''));
    peer.socket.close();
  }
  const peer = await open(server);
  await peer.send(C12 + subscribe() + send('x'));
  compare(peer, [['MESSAGE', '|x']]);
});

test('17. CONNECTED says two numbers for heart-beat', async () => {
  const { peer } = await connectTimed('heart-beat:0,0\n');
  compare(peer, [['CONNECTED', /^heart-beat:\d+,\d+$/]]);
});

test('18. a client that wants beats gets one in every interval', async () => {
  const { peer, clock } = await connectTimed('heart-beat:0,1000\n');
  for (const beats of [1, 2, 3]) {
    clock.advance(1_000);
    await peer.settled();
    expect(peer.beats).toBeGreaterThanOrEqual(beats);
  }
});

test('19. a client that says nothing of heart-beats gets none', async () => {
  const { peer, clock } = await connectTimed('');
  clock.advance(60_000);
  await peer.settled();
  expect(peer.beats).toBe(0);
});

test.each([
  [20, 'LF', '\n'],
  [21, 'CRLF', '\r\n'],
])('%d. a client that beats with %s in time is kept', async (_point, _name, beat) => {
  const { peer, clock } = await connectTimed('heart-beat:1000,0\n');
  for (let round = 0; round < 6; round += 1) {
    clock.advance(1_000);
    await peer.send(beat);
  }
  await peer.send(send('x', 'receipt:r\n'));
  compare(peer, [['RECEIPT', 'receipt-id:r']]);
  clock.advance(2_001);
  clock.advance(1);
  await peer.closed();
});

test('110. one of the offered subprotocols is selected', async () => {
  const server = await serve();
  const peer = await open(server, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
  expect(peer.socket.protocol).toBe('v12.stomp');
});

test('every scored point, 1 to 117, has its row', () => {
  const points = [...rows.map(({ point }) => point), ...told].sort((a, b) => a - b);
  expect(points).toEqual(Array.from({ length: 117 }, (_, index) => index + 1));
});

describe('not scored, and done all the same', () => {
  test.each([
    ['SEND before CONNECT is refused', send('x')],
    ['SUBSCRIBE before CONNECT is refused', subscribe()],
    ['a second CONNECT is refused', C12 + C12],
    ['BEGIN twice is refused', C12 + frame('BEGIN', 'transaction:t') + frame('BEGIN', 'transaction:t')],
    ['an unknown ack mode is refused', C12 + subscribe('0', '/topic/x', 'ack:never\n')],
    ['an unknown id in UNSUBSCRIBE is refused', C12 + frame('UNSUBSCRIBE', 'id:9')],
    ['an unknown id in ACK is refused', C12 + frame('ACK', 'id:9')],
    ['garbage is refused', '\x01\x02\x03 garbage\n\n\0'],
  ])('%s', async (_name, octets) => {
    const server = await serve();
    const [other, peer] = [await open(server), await open(server)];
    await other.send(C12 + subscribe());
    await peer.send(octets);
    await peer.closed();
    compare(peer, [['ERROR', /^message:./], 'X']);
    await leave(other);
    compare(other, []);
  });

  test('the connection is closed after DISCONNECT', async () => {
    const peer = await open(await serve());
    await peer.send(C12 + frame('DISCONNECT'));
    await peer.closed();
  });
});

async function open(server: Served, protocols: readonly string[] = []): Promise<RawPeer> {
  const peer = new RawPeer(server.url, protocols);
  cleanUp(() => peer.socket.terminate());
  await once(peer.socket, 'open');
  return peer;
}

async function connectTimed(more: string): Promise<{ peer: RawPeer; clock: FakeClock }> {
  const clock = new FakeClock();
  const peer = await open(await serve({ clock, heartbeat: [1_000, 1_000] }));
  await peer.send(`CONNECT\naccept-version:1.2\nhost:/\n${more}\n\0`);
  return { peer, clock };
}

async function make(move: Move, peer: RawPeer, { stomp }: Served): Promise<void> {
  if (typeof move === 'string') {
    const text = peer.filledIn(move);
    // What comes before CONNECTED has little room: something large does not travel with CONNECT.
    const first = text.startsWith(C12) && text.length > 64 * 1024 ? C12 : '';
    if (first) await peer.send(first);
    return peer.send(text.slice(first.length));
  }
  if (typeof move !== 'symbol') return peer.send(move);
  const before = stomp.stats().sessions.open;
  if (move === CUT) peer.socket.terminate();
  else peer.socket.close();
  await eventually(() => expect(stomp.stats().sessions.open).toBe(before - 1));
}

/** Nothing comes after the RECEIPT of a DISCONNECT: what has not come by then never will. */
async function leave(peer: RawPeer): Promise<void> {
  await peer.send(frame('DISCONNECT'));
  await peer.closed();
}

function compare(peer: RawPeer, expected: readonly Expected[]): void {
  expect(complaints(peer.frames, expected)).toEqual([]);
}
