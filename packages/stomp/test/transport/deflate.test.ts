import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ServerFrame } from '../../src/codec/frame.ts';
import { OutboundFrame, SharedBody } from '../../src/outboundFrame.ts';
import { Deflater } from '../../src/transport/deflate.ts';

const defaults = { level: 3, minBytes: 1_024, maxBytes: 524_288 };
const row = '{"host":"web-17","cpu":12.5,"memory":48.1},';

function text(length: number): Uint8Array {
  return Buffer.from(row.repeat(Math.ceil(length / row.length)).slice(0, length));
}

function message(body: Uint8Array, headers: Record<string, string> = { subscription: 's' }): ServerFrame {
  return { command: 'MESSAGE', headers: new Map(Object.entries(headers)), body };
}

function shared(body: Uint8Array, headers?: Record<string, string>): OutboundFrame {
  return new OutboundFrame(message(body, headers), '1.2', new SharedBody(body));
}

/** What a client reads: RFC 7692 §7.2.2. */
function read(wrapped: Uint8Array): { first: number; payload: Buffer } {
  const short = wrapped[1] ?? 0;
  const from = short < 126 ? 2 : short === 126 ? 4 : 10;
  const ended = Buffer.concat([wrapped.subarray(from), Buffer.from('0000ffff', 'hex')]);
  return {
    first: wrapped[0] ?? 0,
    payload: inflateRawSync(ended, { finishFlush: constants.Z_SYNC_FLUSH }),
  };
}

describe('what a client inflates is the frame', () => {
  test.each([1_024, 1_025, 2_000, 32_767, 32_768, 65_534, 65_535, 65_536, 200_000, 524_288])(
    'with a body of %i octets',
    (length) => {
      const frame = shared(text(length));
      const wrapped = new Deflater(defaults).wrap(frame, 'text') ?? new Uint8Array(2);
      expect(read(wrapped)).toEqual({ first: 0xc1, payload: Buffer.from(frame.bytes) });
    },
  );

  // `MESSAGE`, `note:`, `content-length:2000` and the line ends take 35 octets besides the note.
  test.each([65_534, 65_535, 65_536, 131_070, 131_071, 300_000])('with a head of %i octets', (length) => {
    const frame = shared(text(2_000), { note: 'n'.repeat(length - 35) });
    expect(frame.bytes.length).toBe(length + 2_001);
    const wrapped = new Deflater(defaults).wrap(frame, 'binary') ?? new Uint8Array(2);
    expect(read(wrapped)).toEqual({ first: 0xc2, payload: Buffer.from(frame.bytes) });
  });

  test.each([1, 6, 9])('at level %i', (level) => {
    const frame = shared(text(5_000));
    const wrapped = new Deflater({ ...defaults, level }).wrap(frame, 'text') ?? new Uint8Array(2);
    expect(read(wrapped).payload).toEqual(Buffer.from(frame.bytes));
  });

  test('with octets of any value that can be compressed', () => {
    const frame = shared(Uint8Array.from({ length: 4_096 }, (_, index) => index & 255));
    const wrapped = new Deflater(defaults).wrap(frame, 'binary') ?? new Uint8Array(2);
    expect(read(wrapped).payload).toEqual(Buffer.from(frame.bytes));
  });
});

describe('a frame is sent as it is', () => {
  test.each([
    ['without a body', shared(new Uint8Array(0))],
    ['below minBytes', shared(text(1_023))],
    ['above maxBytes', shared(text(524_289))],
    ['with noise, which takes no less room compressed', shared(randomBytes(20_000))],
    ['to one client alone', new OutboundFrame(message(text(20_000)), '1.2')],
    [
      'with a body that an interceptor made for one client',
      shared(text(20_000)).replacedBy(message(text(20_001))),
    ],
  ])('%s', (_name, frame) => {
    expect(new Deflater(defaults).wrap(frame, 'text')).toBeUndefined();
  });
});

test('all frames that carry a body share what it was compressed to, behind heads of their own', () => {
  const body = text(20_000);
  const sharedBody = new SharedBody(body);
  const deflater = new Deflater(defaults);
  const first = new OutboundFrame(message(body, { subscription: 'a' }), '1.2', sharedBody);
  const second = new OutboundFrame(message(body, { subscription: 'b' }), '1.1', sharedBody);
  deflater.wrap(first, 'text');
  const { deflated } = sharedBody;
  const wrapped = deflater.wrap(second, 'text') ?? new Uint8Array(2);
  expect(sharedBody.deflated).toBe(deflated);
  expect(read(wrapped).payload).toEqual(Buffer.from(second.bytes));
  const changed = second.replacedBy(message(body, { subscription: 'b', more: 'x' }));
  expect(changed.sharedBody).toBe(sharedBody);
  expect(read(deflater.wrap(changed, 'text') ?? new Uint8Array(2)).payload.toString()).toContain('more:x');
});

test('what could not be compressed is not tried again for the next client', () => {
  const body = randomBytes(20_000);
  const sharedBody = new SharedBody(body);
  const frame = new OutboundFrame(message(body), '1.2', sharedBody);
  new Deflater(defaults).wrap(frame, 'text');
  expect(sharedBody.deflated).toEqual(new Uint8Array(0));
});
