// The checklist against a server somewhere: the rows of the tests, and the few points that are no row, told with
// real time. Each point is met or missed; one that cannot be asked of this server is left out, and said to be.
import { randomUUID } from 'node:crypto';
import { brokerRows } from './brokerRows.ts';
import { carriageRows } from './carriageRows.ts';
import { complaints } from './judge.ts';
import { leeway, notClosed } from './leeway.ts';
import { protocolRows } from './protocolRows.ts';
import { pause, type Remote, RemotePeer } from './remotePeer.ts';
import {
  C10,
  C11,
  C12,
  CLOSE,
  CUT,
  type Expected,
  frame,
  type Move,
  type Row,
  send,
  subscribe,
} from './row.ts';
import { filledIn } from './wire.ts';

/** What came out for one point: nothing in `wrong` is a point met; `left` says why it was not asked. */
export interface Result {
  readonly point: number;
  readonly name: string;
  readonly wrong: readonly string[];
  readonly left?: string;
}

interface Told {
  readonly point: number;
  readonly name: string;
  ask(remote: Remote): Promise<string[]>;
}

/** Asks all 117 points, one after the other; `tell` hears of each when it is known. */
export async function ask(remote: Remote, tell: (result: Result) => void): Promise<Result[]> {
  const rows = [...protocolRows, ...brokerRows, ...carriageRows].map(adapted);
  const all: Told[] = [
    ...told,
    ...rows.map((row) => ({ ...row, ask: (server: Remote) => play(row, server) })),
  ].sort((a, b) => a.point - b.point);
  const results: Result[] = [];
  for (const { point, name, ask: askIt } of all) {
    const left = whyLeft(point, remote);
    const wrong = left ? [] : await askIt(remote).catch((error: unknown) => [String(error)]);
    const result = { point, name, wrong, ...(left && { left }) };
    results.push(result);
    tell(result);
  }
  return results;
}

function whyLeft(point: number, { url, login }: Remote): string | undefined {
  if (point === 15 && login === undefined) return 'no login is asked for';
  if (point === 110 && url.protocol === 'tcp:') return 'WebSocket only';
  return undefined;
}

// Of another server nobody knows what passcodes it takes: what is not to be unescaped stands in another header.
function adapted(row: Row): Row {
  const queue = `/queue/q-${randomUUID()}`;
  const moves = row.moves.map(([name, move]) => {
    if (typeof move !== 'string') return [name, move] as const;
    const text = row.point === 13 ? move.replace('passcode:', 'x-note:') : move;
    return [name, text.replaceAll('/queue/q', queue)] as const;
  });
  return { ...row, moves };
}

async function play(row: Row, remote: Remote): Promise<string[]> {
  const peers = new Map<string, RemotePeer>();
  try {
    let last: RemotePeer | undefined;
    for (const [name, move] of row.moves) {
      const peer = peers.get(name) ?? (await RemotePeer.open(remote));
      peers.set(name, peer);
      if (last && (last !== peer || needsQuiet(move))) await last.quiet();
      await make(
        move,
        peer,
        carriageRows.some(({ point }) => point === row.point),
      );
      last = peer;
    }
    await last?.quiet();
    const wrong: string[] = [];
    for (const [name, expected] of Object.entries(row.got)) {
      const peer = peers.get(name);
      if (!peer) continue;
      await peer.quiet();
      const judge = name === 'a' ? (leeway.get(row.point) ?? strictly) : strictly;
      const who = peers.size > 1 ? `${name}: ` : '';
      wrong.push(...(await judge(peer, expected)).map((each) => who + each));
    }
    return wrong;
  } finally {
    for (const peer of peers.values()) peer.cut();
  }
}

async function strictly(peer: RemotePeer, expected: readonly Expected[]): Promise<string[]> {
  const wrong = complaints(peer.frames, expected);
  return expected.includes('X') ? [...wrong, ...(await notClosed(peer))] : wrong;
}

function needsQuiet(move: Move): boolean {
  return typeof move === 'symbol' || (typeof move === 'string' && /<[a-z-]+ \d+>/.test(move));
}

async function make(move: Move, peer: RemotePeer, isWhole: boolean): Promise<void> {
  if (typeof move === 'symbol') {
    if (move === CUT) peer.cut();
    if (move === CLOSE) peer.close();
    // The server has to notice before the others go on.
    return pause(300);
  }
  const text = typeof move === 'string' ? filledIn(move, peer.frames) : move;
  // What comes before CONNECTED may have little room: something large does not travel with CONNECT.
  const first = typeof text === 'string' && text.startsWith(C12) && text.length > 64 * 1024 ? C12 : '';
  if (first) {
    peer.send(first);
    await peer.quiet();
  }
  for (const piece of isWhole ? [text] : pieces(text.slice(first.length))) {
    peer.send(piece);
    // Pieces of a frame are to arrive as pieces.
    await pause(2);
    if (piece === C10 || piece === C11 || piece === C12) await peer.quiet();
  }
}

// Each frame by itself, as clients send them: what several in one message make of a server is points of their own.
function pieces(text: string | Uint8Array): (string | Uint8Array)[] {
  if (typeof text !== 'string' || text.length > 4_096) return [text];
  return text.split(
    /(?<=\0)(?=(?:CONNECT|STOMP|SEND|(?:UN)?SUBSCRIBE|N?ACK|BEGIN|COMMIT|ABORT|DISCONNECT)\n)/,
  );
}

const told: readonly Told[] = [
  {
    point: 16,
    name: 'fifty rapid connects and disconnects leave a server that works',
    async ask(remote) {
      for (let round = 0; round < 50; round += 1) {
        const peer = await RemotePeer.open(remote);
        peer.send(C12 + (round % 2 === 0 ? frame('DISCONNECT') : ''));
        peer.close();
      }
      return withPeer(remote, async (peer) => {
        peer.send(C12 + subscribe() + send('x'));
        await peer.quiet();
        return complaints(peer.frames, [['MESSAGE', '|x']]);
      });
    },
  },
  {
    point: 17,
    name: 'CONNECTED says two numbers for heart-beat',
    ask: (remote) =>
      withPeer(remote, async (peer) => {
        peer.send(connect('heart-beat:0,0'));
        await peer.quiet();
        return complaints(peer.frames, [['CONNECTED', /^heart-beat:\d+,\d+$/]]);
      }),
  },
  {
    point: 18,
    name: 'a client that wants beats gets one in every interval',
    ask: beatsKept,
  },
  {
    point: 19,
    name: 'a client that says nothing of heart-beats gets none',
    ask: noBeats,
  },
  { point: 20, name: 'a client that beats with LF in time is kept', ask: (remote) => beat(remote, '\n') },
  { point: 21, name: 'a client that beats with CRLF in time is kept', ask: (remote) => beat(remote, '\r\n') },
  {
    point: 110,
    name: 'one of the offered subprotocols is selected',
    async ask(remote) {
      const peer = await RemotePeer.open(remote, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
      peer.cut();
      return /^v1[0-2]\.stomp$/.test(peer.protocol) ? [] : ['none is'];
    },
  },
];

// A server may promise fewer beats than it is asked for: what it promised in CONNECTED counts.
function beatsKept(remote: Remote): Promise<string[]> {
  return withPeer(remote, async (peer) => {
    peer.send(connect('heart-beat:0,1000'));
    await peer.quiet();
    const line = peer.frames[0]?.lines.find((each) => each.startsWith('heart-beat:')) ?? '';
    const promisedMs = Number(/^heart-beat:(\d+),/.exec(line)?.[1] ?? 0);
    if (promisedMs === 0) return ['no beats are promised'];
    const beats = await beatsIn(peer, 2.5 * Math.max(promisedMs, 1_000));
    return beats >= 2 ? [] : [`${beats} beats in 2.5 times the interval agreed`];
  });
}

function noBeats(remote: Remote): Promise<string[]> {
  return withPeer(remote, async (peer) => {
    peer.send(connect());
    await peer.quiet();
    const beats = await beatsIn(peer, 4_500);
    return beats === 0 ? [] : [`${beats} beats in 4.5 s`];
  });
}

async function beatsIn(peer: RemotePeer, ms: number): Promise<number> {
  // An end of line directly behind CONNECTED belongs to the frame.
  const before = peer.beats;
  await pause(ms);
  if (peer.ended) throw new Error('the connection has ended');
  return peer.beats - before;
}

function beat(remote: Remote, end: string): Promise<string[]> {
  return withPeer(remote, async (peer) => {
    peer.send(connect('heart-beat:1000,0'));
    for (let round = 0; round < 6; round += 1) {
      await pause(900);
      peer.send(end);
    }
    peer.send(send('x', 'receipt:r\n'));
    await peer.quiet();
    return complaints(peer.frames, [['RECEIPT', 'receipt-id:r']]);
  });
}

function connect(...lines: string[]): string {
  return frame('CONNECT', 'accept-version:1.2', 'host:/', ...lines);
}

async function withPeer(remote: Remote, work: (peer: RemotePeer) => Promise<string[]>): Promise<string[]> {
  const peer = await RemotePeer.open(remote);
  try {
    return await work(peer);
  } finally {
    peer.cut();
  }
}
