import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ws from 'ws';
import { inflateMessage } from '../../src/transport/deflate.ts';
import { type ReceiverOwner, WebSocketReceiver } from '../../src/transport/webSocketReceiver.ts';
import { type ClientFrameParts, clientFrame } from '../support/clientFrame.ts';
import { eventually } from '../support/eventually.ts';

const limits = { bytes: 70_000, bytesName: 'messageBytes', fragments: 3 };

/** What a receiver makes of chunks, one line for each thing that it tells. */
function reader(
  { messageLimits = limits, inflate, isPaused = false }: Partial<ReceiverOwner> = {},
  show = shown,
) {
  const receiver = new WebSocketReceiver();
  const lines: string[] = [];
  const owner: ReceiverOwner = {
    messageLimits,
    inflate,
    isPaused,
    received: (bytes, isBinary) => lines.push(`${isBinary ? 'binary' : 'text'} ${show(bytes)}`),
    pinged: (payload) => lines.push(`ping ${show(payload)}`),
    ponged: () => lines.push('pong'),
    concluded: (code) => lines.push(`close ${code}`),
    waiting: (isWaiting) => lines.push(isWaiting ? 'wait' : 'go on'),
    failed: ({ closeCode, message }) => lines.push(`fault ${closeCode} ${message}`),
  };
  // A copy: what is pushed is unmasked where it is.
  const push = (chunk: Uint8Array, at = 0) => receiver.push(Buffer.from(chunk).subarray(at), owner);
  return { receiver, owner, lines, push };
}

function read(chunks: readonly Uint8Array[], own: Partial<ReceiverOwner> = {}): string[] {
  const { lines, push } = reader(own);
  for (const chunk of chunks) push(chunk);
  return lines;
}

function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return text.length > 20 ? `${text.slice(0, 5)}… ${text.length}` : text;
}

const hello = clientFrame('hello');
const first = { isFinal: false } as const;
const more = { isFinal: false, opcode: 0 } as const;
const last = { opcode: 0 } as const;

const rows: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  // RFC 6455 §5.7's own example of a masked text message.
  ['the example of the RFC', Buffer.from('818537fa213d7f9f4d5158', 'hex'), ['text Hello']],
  ['a message without octets', clientFrame(''), ['text ']],
  ['binary octets', clientFrame(Buffer.of(0xff, 0), { opcode: 2 }), ['binary ÿ\0']],
  ['two messages in a row', Buffer.concat([hello, clientFrame('you')]), ['text hello', 'text you']],
  ['a mask of zeros', clientFrame('hello', { mask: [0, 0, 0, 0] }), ['text hello']],
  ['125 octets', clientFrame('x'.repeat(125)), ['text xxxxx… 125']],
  ['126 octets: a length of 16 bits', clientFrame('x'.repeat(126)), ['text xxxxx… 126']],
  [
    'fragments (§5.4)',
    Buffer.concat([clientFrame('a', first), clientFrame('b', more), clientFrame('c', last)]),
    ['text abc'],
  ],
  [
    'fragments without octets',
    Buffer.concat([clientFrame('', first), clientFrame('', more), clientFrame('', last)]),
    ['text '],
  ],
  [
    'a ping between the fragments (§5.4)',
    Buffer.concat([clientFrame('a', first), clientFrame('!', { opcode: 9 }), clientFrame('b', last)]),
    ['ping !', 'text ab'],
  ],
  [
    'a character that is cut by the fragments',
    Buffer.concat([clientFrame(Buffer.of(0xc3), first), clientFrame(Buffer.of(0xa9), last)]),
    ['text Ã©'],
  ],
  ['a pong that nobody asked for (§5.5.3)', clientFrame('?', { opcode: 10 }), ['pong']],
  ['a close without a code (§7.1.5)', clientFrame('', { opcode: 8 }), ['close 1005']],
  [
    'a close with code and reason',
    clientFrame(Buffer.from('0fa0c3a9', 'hex'), { opcode: 8 }),
    ['close 4000'],
  ],
  [
    'nothing after a close (§5.5.1)',
    Buffer.concat([clientFrame(Buffer.from('03e8', 'hex'), { opcode: 8 }), hello]),
    ['close 1000'],
  ],
  ['RSV1 without an extension (§5.2)', clientFrame('', { reserved: 0x40 }), ['fault 1002']],
  ['RSV2', clientFrame('', { reserved: 0x20 }), ['fault 1002']],
  ['RSV3', clientFrame('', { reserved: 0x10 }), ['fault 1002']],
  ['an opcode for data that is not known', clientFrame('', { opcode: 3 }), ['fault 1002']],
  ['an opcode for control that is not known', clientFrame('', { opcode: 11 }), ['fault 1002']],
  ['a frame that is not masked (§5.1)', clientFrame('hello', { mask: undefined }), ['fault 1002']],
  ['a continuation of nothing (§5.4)', clientFrame('', last), ['fault 1002']],
  ['a message within another', Buffer.concat([clientFrame('a', first), hello]), ['fault 1002']],
  ['a ping in fragments (§5.5)', clientFrame('', { opcode: 9, isFinal: false }), ['fault 1002']],
  ['a ping of 126 octets', clientFrame('x'.repeat(126), { opcode: 9 }), ['fault 1002']],
  ['a close with half a code (§5.5.1)', clientFrame('x', { opcode: 8 }), ['fault 1002']],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(
    (code) =>
      [
        `a close with the code ${code} (§7.4)`,
        clientFrame(codeOf(code), { opcode: 8 }),
        ['fault 1002'],
      ] as const,
  ),
  ...[1000, 1003, 1007, 1014, 3000, 4999].map(
    (code) =>
      [`a close with the code ${code}`, clientFrame(codeOf(code), { opcode: 8 }), [`close ${code}`]] as const,
  ),
  ['text that is no UTF-8 (§8.1)', clientFrame(Buffer.of(0xc3)), ['fault 1007']],
  ['a surrogate as UTF-8', clientFrame(Buffer.from('eda080', 'hex')), ['fault 1007']],
  ['a reason that is no UTF-8', clientFrame(Buffer.from('03e8c3', 'hex'), { opcode: 8 }), ['fault 1007']],
  [
    'one fragment more than there may be',
    Buffer.concat([first, more, more, last].map((parts) => clientFrame('', parts))),
    ['fault 1008'],
  ],
  [
    'what came before a fault is there',
    Buffer.concat([hello, clientFrame('', { reserved: 0x20 }), hello]),
    ['text hello', 'fault 1002'],
  ],
];

function codeOf(code: number): Uint8Array {
  return Buffer.of(code >> 8, code & 0xff);
}

// The words of a fault are for people.
function coded(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^(fault \d+) .*/, '$1'));
}

describe.each(rows)('%s', (_name, bytes, expected) => {
  test('is read whole', () => {
    expect(coded(read([bytes]))).toEqual(expected);
  });

  test('is read octet by octet', () => {
    expect(coded(read(Array.from(bytes, (octet) => Uint8Array.of(octet))))).toEqual(expected);
  });

  test('is read wherever it is cut in two', () => {
    for (let at = 1; at < bytes.length; at += 1) {
      expect(coded(read([bytes.subarray(0, at), bytes.subarray(at)]))).toEqual(expected);
    }
  });
});

describe('lengths', () => {
  test('of 64 bits are read', () => {
    expect(read([clientFrame('x'.repeat(66_000), { opcode: 2 })])).toEqual(['binary xxxxx… 66000']);
  });

  test.each([
    ['at the limit', 70_000, 'binary xxxxx… 70000'],
    ['above it', 70_001, 'fault 1009 a WebSocket message exceeds messageBytes 70000'],
  ])('%s', (_name, length, expected) => {
    expect(read([clientFrame('x'.repeat(length), { opcode: 2 })])).toEqual([expected]);
  });

  test('above the limit are refused as soon as they are known', () => {
    const { lines, push } = reader();
    push(clientFrame('', { length: 70_001 }).subarray(0, 10));
    expect(coded(lines)).toEqual(['fault 1009']);
  });

  test.each([2n ** 32n, 2n ** 53n, 2n ** 64n - 1n])('of %s are refused', (length) => {
    const head = Buffer.from('81ff0000000000000000', 'hex');
    head.writeBigUInt64BE(length, 2);
    expect(coded(read([head]))).toEqual(['fault 1009']);
  });

  test('of fragments count together', () => {
    const parts = [clientFrame('x'.repeat(69_999), first), clientFrame('xx', last)];
    expect(coded(read(parts))).toEqual(['fault 1009']);
  });

  test('are held against the limits of the moment', () => {
    let bytes = 2;
    const messageLimits = {
      get bytes() {
        return bytes;
      },
      bytesName: 'messageBytes',
      fragments: 1,
    };
    const { lines, push } = reader({ messageLimits });
    push(clientFrame('ab'));
    bytes = 3;
    push(clientFrame('abc'));
    expect(lines).toEqual(['text ab', 'text abc']);
  });
});

test('a payload of any length is unmasked wherever it lies', () => {
  for (let length = 0; length < 140; length += 1) {
    for (let at = 0; at < 4; at += 1) {
      const text = Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
      const around = Buffer.concat([Buffer.alloc(at), clientFrame(text)]);
      const { lines, push } = reader({}, String);
      push(around, at);
      expect(lines).toEqual([`text ${text}`]);
    }
  }
});

describe('compressed messages', () => {
  const inflate = inflateMessage;
  const compressed = (content: string | Uint8Array, parts: ClientFrameParts = {}) =>
    clientFrame(deflateRawSync(content, { finishFlush: 2 }).subarray(0, -4), { reserved: 0x40, ...parts });

  test('are unpacked at once where they are small, 16 KiB', () => {
    const { lines, push } = reader({ inflate });
    push(Buffer.concat([compressed('hello'), clientFrame('you'), compressed('x'.repeat(16_384))]));
    expect(lines).toEqual(['text hello', 'text you', 'text xxxxx… 16384']);
  });

  test('are unpacked, and what follows a large one waits', async () => {
    const { lines, push } = reader({ inflate });
    push(Buffer.concat([compressed('x'.repeat(16_385)), clientFrame('you')]));
    expect(lines).toEqual(['wait']);
    push(compressed('x'.repeat(20_000), { opcode: 2 }));
    push(compressed('all'));
    await eventually(() => expect(lines.filter((line) => line === 'go on')).toHaveLength(1));
    expect(lines).toEqual([
      'wait',
      'text xxxxx… 16385',
      'text you',
      'wait',
      'binary xxxxx… 20000',
      'text all',
      'go on',
    ]);
  });

  test('come in fragments, of which the first says that they are compressed', () => {
    const bytes = deflateRawSync('hello', { finishFlush: 2 }).subarray(0, -4);
    const { lines, push } = reader({ inflate });
    push(clientFrame(bytes.subarray(0, 3), { ...first, reserved: 0x40 }));
    push(clientFrame(bytes.subarray(3), last));
    expect(lines).toEqual(['text hello']);
  });

  test.each([
    ['a continuation that says it again', clientFrame('', { ...last, reserved: 0x40 })],
    ['a ping that is compressed', clientFrame('', { opcode: 9, reserved: 0x40 })],
  ])('%s is refused', (_name, frame) => {
    expect(coded(read([clientFrame('', { ...first, reserved: 0x40 }), frame], { inflate }))).toEqual([
      'fault 1002',
    ]);
  });

  test.each([
    ['what is not compressed', clientFrame('ÿÿÿ', { reserved: 0x40 }), 1007],
    ['text that is no UTF-8', compressed(Buffer.of(0xff)), 1007],
  ])('%s is refused', (_name, frame, code) => {
    expect(coded(read([frame, hello], { inflate }))).toEqual([`fault ${code}`]);
  });

  test.each([
    ['what is larger than it may be', compressed('x'.repeat(70_001)), 1009],
    ['much that is not compressed', clientFrame('ÿ'.repeat(20_000), { reserved: 0x40 }), 1007],
    ['much text that is no UTF-8', compressed(Buffer.alloc(20_000, 0xff)), 1007],
  ])('%s is refused', async (_name, frame, code) => {
    const { lines, push } = reader({ inflate });
    push(frame);
    await eventually(() => expect(lines.at(-1)).toBe('go on'));
    expect(coded(lines)).toEqual(['wait', `fault ${code}`, 'go on']);
  });

  test('are unpacked one by one where the owner has enough, until it goes on', async () => {
    const large = compressed('x'.repeat(20_000));
    const own = { inflate, isPaused: true };
    const { lines, push, receiver, owner } = reader(own);
    push(Buffer.concat([large, large, hello]));
    await eventually(() => expect(lines).toEqual(['wait', 'text xxxxx… 20000', 'go on']));
    push(clientFrame('you'));
    receiver.goOn(owner);
    await eventually(() => expect(lines).toHaveLength(6));
    expect(lines.slice(3)).toEqual(['wait', 'text xxxxx… 20000', 'go on']);
    receiver.goOn(owner);
    expect(lines.slice(6)).toEqual(['text hello', 'text you']);
  });

  test('that are small are unpacked at once up to 64 KiB in a turn of the loop', async () => {
    const { lines, push } = reader({ inflate });
    await new Promise(setImmediate);
    push(Buffer.concat(Array.from({ length: 6 }, () => compressed('x'.repeat(16_384)))));
    expect(lines).toEqual([...Array.from({ length: 4 }, () => 'text xxxxx… 16384'), 'wait']);
    await eventually(() => expect(lines.filter((line) => line.startsWith('text'))).toHaveLength(6));
  });

  test('of one that is stopped are forgotten', async () => {
    let finish: (bytes: Uint8Array) => void = () => undefined;
    const waiting = new Promise<Uint8Array>((resolve) => {
      finish = resolve;
    });
    const { lines, push, receiver } = reader({ inflate: () => waiting });
    push(compressed('hello'));
    receiver.stop();
    finish(Buffer.from('hello'));
    await waiting;
    expect(lines).toEqual(['wait']);
  });
});

describe('beside ws', () => {
  const frames = fc.record({
    opcode: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.nat(15)),
    isFinal: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
    reserved: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, fc.constantFrom(0x10, 0x20, 0x40)),
    mask: fc.oneof(
      { weight: 30, arbitrary: fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }) },
      fc.constant(undefined),
    ),
    payload: fc.oneof(
      fc.string().map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
      fc.constantFrom(codeOf(1000), codeOf(1005), Buffer.alloc(125), Buffer.alloc(126), Buffer.alloc(400)),
    ),
  });

  test('the same comes of any frames, wherever they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { maxLength: 8 }), fc.array(fc.nat(200)), async (given, cuts) => {
        const bytes = Buffer.concat(given.map(({ payload, ...parts }) => clientFrame(payload, parts)));
        const chunks = cut(bytes, cuts);
        const messageLimits = { ...limits, bytes: 500 };
        expect(coded(read(chunks, { messageLimits }))).toEqual(await readByWs(chunks, messageLimits));
      }),
      { numRuns: 2_000 },
    );
  });

  test('the same comes of any octets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(10)), async (bytes, cuts) => {
        const chunks = cut(bytes, cuts);
        const messageLimits = { ...limits, bytes: 500 };
        expect(coded(read(chunks, { messageLimits }))).toEqual(await readByWs(chunks, messageLimits));
      }),
      { numRuns: 2_000 },
    );
  });
});

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    if (length === 0) continue;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...chunks, bytes.subarray(at)].filter((chunk) => chunk.length > 0);
}

type WsReceiver = new (options: object) => NodeJS.WritableStream;

async function readByWs(
  chunks: readonly Uint8Array[],
  { bytes, fragments }: ReceiverOwner['messageLimits'],
): Promise<string[]> {
  const Receiver = Reflect.get(ws, 'Receiver') as WsReceiver;
  const receiver = new Receiver({ isServer: true, maxPayload: bytes, maxFragments: fragments });
  const lines: string[] = [];
  let isOver = false;
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    lines.push(`${isBinary ? 'binary' : 'text'} ${shown(data)}`),
  );
  receiver.on('ping', (data: Buffer) => lines.push(`ping ${shown(data)}`));
  receiver.on('pong', () => lines.push('pong'));
  receiver.on('conclude', (code: number) => {
    isOver = true;
    lines.push(`close ${code}`);
  });
  receiver.on('error', (error: Error) => {
    isOver = true;
    const [status] = Object.getOwnPropertySymbols(error).map((symbol) => Reflect.get(error, symbol));
    lines.push(`fault ${status}`);
  });
  for (const chunk of chunks) {
    if (isOver) break;
    receiver.write(Buffer.from(chunk));
    // It tells of errors in the next turn of the loop.
    await new Promise(setImmediate);
  }
  return lines;
}
