import type { Caller } from './callers.ts';
import { everyHost, fleet, leaksIn } from './fleet.ts';
import { misspellings } from './spellings.ts';
import { connectFrame, frame, overWebSocket, type Ports, type StompHeader, StompWire } from './wire.ts';

/** What a client must never make others hear. */
export const sentMark = 'sentcanary';

/** A way to use a destination. */
type Verb = 'SUBSCRIBE' | 'SEND';

/** One cell of the matrix: what is said, and whether it is spelled as hostcast spells it. */
export interface StompCell {
  readonly verb: Verb;
  readonly destination: string;
  readonly isExact: boolean;
  /** Besides the destination; `raw` headers stand before it. */
  readonly variant: string;
}

const oneHost = (encoded: string) => `/topic/hosts.${encoded}`;
const hostDestinations = fleet.map(({ encoded }) => oneHost(encoded));
const patterns = [
  '/topic/*',
  '/topic/**',
  '/topic/hosts.*',
  '/topic/hosts.**',
  '/topic/*.*',
  '/topic/**.db-numbat',
];

const exact = [
  '/topic/hosts',
  ...hostDestinations,
  oneHost('nobody'),
  ...patterns,
  '/topic/sessions',
  '/topic/alerts',
  '/user/queue/notices',
  '/user/queue/errors',
  '/user/admin/queue/notices',
  '/user/anonymous/queue/notices',
  '/queue/hosts',
  '/app/token',
  '/temp-queue/a',
  'telegraf',
  '/topic/<pattern>',
  '/topic/hosts.<host>',
  '/*',
  '/api/hosts',
];

const misspelt = ['/topic/hosts', oneHost('web-okapi%2Eexample')];
const misspeltSends = ['/topic/hosts'];

/** Headers beside the destination that may change what is done, by what they are called here. */
const variants: Readonly<Record<string, readonly StompHeader[]>> = {
  plain: [],
  'acknowledging, in a window': [
    ['ack', 'client-individual'],
    ['prefetch-count', '1'],
  ],
  resuming: [
    ['epoch', '0'],
    ['seq', '0'],
  ],
  'in a transaction': [['transaction', 't']],
  'asking for an answer': [['reply-to', '/temp-queue/a']],
  'with a selector': [['selector', "host <> ''"]],
  'with another destination after it': [['destination', '/user/queue/notices']],
  'with another destination in capitals': [['Destination', '/user/queue/notices']],
  'as the server speaks': [
    ['message-id', '1-1'],
    ['subscription', '0'],
    ['user-name', 'admin'],
  ],
};

/** Those with which all the variants are tried. */
const varied = new Set([
  '/topic/hosts',
  '/topic/hosts.*',
  '/topic/sessions',
  '/user/queue/notices',
  '/queue/hosts',
]);
for (const encoded of ['web-quokka', 'db-numbat']) varied.add(oneHost(encoded));

/** Every cell of one caller. */
export function stompCells({ isReader, writes }: Caller): StompCell[] {
  const cells: StompCell[] = [];
  for (const destination of exact) {
    const tried = varied.has(destination) ? Object.keys(variants) : ['plain'];
    for (const variant of tried) {
      cells.push({ verb: 'SUBSCRIBE', destination, isExact: true, variant });
      cells.push({ verb: 'SEND', destination, isExact: true, variant });
    }
  }
  // Who is not let in at all gets no further by spelling.
  if (!isReader && writes.length === 0) return cells;
  const add = (verb: Verb, texts: readonly string[]) => {
    const spelled = texts.flatMap(misspellings).filter((each) => !exact.includes(each));
    for (const destination of new Set(spelled)) {
      cells.push({ verb, destination, isExact: false, variant: 'plain' });
    }
  };
  add('SUBSCRIBE', misspelt);
  add('SEND', misspeltSends);
  return cells;
}

/** Says a cell to the server and returns what is wrong about what came back; nothing where all is well. */
export async function tryStomp(ports: Ports, caller: Caller, cell: StompCell): Promise<string[]> {
  const wire = new StompWire(ports);
  const said = sentenceOf(cell, caller);
  wire.send(connectFrame(caller) + said);
  const expected = expectedOf(caller, cell);
  if (expected.isGranted) await wire.until((octets) => hasAll(octets, expected.hosts));
  const octets = await wire.leave();
  const faults = leaksIn(octets, caller.sees, said).map((leak) => `leaks ${leak}`);
  if (octets.includes(sentMark)) faults.push('sends back what was sent');
  const heard = octets.toString();
  if (expected.isGranted) {
    if (!heard.includes('RECEIPT\nreceipt-id:r\n')) faults.push(`is refused: ${heard.slice(-300)}`);
    for (const host of expected.hosts) if (!hasAll(octets, [host])) faults.push(`does not get ${host}`);
  } else if (heard.includes('\nreceipt-id:r\n') && !heard.includes('ERROR\n')) {
    if (cell.isExact) faults.push('is granted');
    else if (heard.includes('MESSAGE\n') && !caller.isWide) faults.push('gets a message');
  }
  return faults;
}

/** The same over a WebSocket, as a page says it. */
export async function tryWebSocket(ports: Ports, caller: Caller, cell: StompCell): Promise<string[]> {
  const said = sentenceOf(cell, caller);
  const octets = await overWebSocket(ports, [connectFrame(caller), said]);
  const faults = leaksIn(octets, caller.sees, said).map((leak) => `leaks ${leak}`);
  const { isGranted, hosts } = expectedOf(caller, cell);
  const isRefused = octets.includes('ERROR\n');
  if (isGranted === isRefused) faults.push(isRefused ? 'is refused' : 'is granted');
  if (isGranted && !hasAll(octets, hosts)) faults.push('does not get all hosts');
  return faults;
}

/** By hand: who gets what, where it is spelled as it should be. */
function expectedOf(
  caller: Caller,
  { verb, destination, isExact }: StompCell,
): { readonly isGranted: boolean; readonly hosts: readonly string[] } {
  const refused = { isGranted: false, hosts: [] };
  if (isExact && verb === 'SEND' && destination === 'telegraf')
    return { isGranted: caller.writes.length > 0, hosts: [] };
  if (!isExact || verb === 'SEND' || !caller.isReader) return refused;
  if (destination === '/topic/hosts') return { isGranted: true, hosts: caller.sees };
  if (destination === '/user/queue/notices') return { isGranted: true, hosts: [] };
  if (destination === '/topic/hosts.nobody')
    return { isGranted: caller.names.length === everyHost.length, hosts: [] };
  const host = fleet.find(({ encoded }) => destination === oneHost(encoded))?.name;
  if (host !== undefined) {
    return { isGranted: caller.names.includes(host), hosts: caller.sees.filter((each) => each === host) };
  }
  if (destination === '/topic/sessions') return { isGranted: caller.isWide, hosts: [] };
  if (!patterns.includes(destination)) return refused;
  return { isGranted: caller.isWide, hosts: caller.isWide ? reachedBy(destination) : [] };
}

/** By hand: whose snapshots a pattern reaches. */
function reachedBy(pattern: string): readonly string[] {
  if (pattern === '/topic/**.db-numbat') return ['db-numbat'];
  return everyHost;
}

function hasAll(octets: Buffer, hosts: readonly string[]): boolean {
  return fleet.every(({ name, figure }) => !hosts.includes(name) || octets.includes(figure));
}

function sentenceOf({ verb, destination, variant }: StompCell, { name }: Caller): string {
  const more = variants[variant] ?? [];
  const isInTransaction = more.some(([name]) => name === 'transaction');
  const headers: StompHeader[] = [['destination', destination], ['receipt', 'r'], ...more];
  if (verb === 'SUBSCRIBE') headers.unshift(['id', '0']);
  // A line that any writer may write: others are refused for what they are, not for what they say.
  const body = destination === 'telegraf' ? `by_${name}_stomp,host=written-web x=1\n` : sentMark;
  const said = frame(verb, headers, verb === 'SEND' ? body : '');
  if (!isInTransaction) return said;
  const transaction: StompHeader[] = [['transaction', 't']];
  return frame('BEGIN', transaction) + said + frame('COMMIT', transaction);
}
