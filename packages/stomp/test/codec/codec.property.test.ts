import { encodeFrame, type Frame, StompError, type StompVersion } from '@hostcast/stomp/codec';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { decodeAll } from '../support/octets.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const versions: StompVersion[] = ['1.0', '1.1', '1.2'];

// What each version has a way to write.
function isWritable(version: StompVersion, name: string, value: string): boolean {
  if (name === '' || name === 'content-length' || /\0/.test(name + value)) return false;
  if (version === '1.2') return true;
  if (version === '1.1') return !/\r/.test(name + value);
  return !/[\r\n:]/.test(name) && !/[\r\n]/.test(value);
}

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\\', ':', '\n', '\r', 'n', 'c', 'r', ' ', '가'),
    fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
  ),
  maxLength: 12,
});

const versionAndFrame = fc.constantFrom(...versions).chain((version) =>
  fc.record({
    version: fc.constant(version),
    frame: fc.record({
      command: fc.constantFrom('SEND' as const, 'MESSAGE' as const),
      headers: fc
        .array(
          fc.tuple(text, text).filter(([name, value]) => isWritable(version, name, value)),
          { maxLength: 6 },
        )
        .map((entries) => new Map(entries)),
      body: fc.uint8Array({ maxLength: 40 }),
    }),
  }),
);

const withLength = (frame: Frame): Frame => ({
  ...frame,
  headers: new Map([...frame.headers, ['content-length', String(frame.body.length)]]),
});

test('what is encoded is decoded as it was, in every version', async () => {
  await fc.assert(
    fc.property(versionAndFrame, ({ version, frame }) => {
      expect(decodeAll([encodeFrame(frame, version)], version)).toEqual([withLength(frame)]);
    }),
    { numRuns: 2_000 },
  );
});

test('however a stream of frames is cut, the same frames come out', async () => {
  await fc.assert(
    fc.property(fc.array(versionAndFrame, { maxLength: 4 }), fc.array(fc.nat(400)), (made, cuts) => {
      const frames = made.map(({ frame }) => frame);
      const octets = Buffer.concat(frames.flatMap((frame) => [encodeFrame(frame, '1.2'), Uint8Array.of(10)]));
      const places = [0, ...cuts.filter((at) => at < octets.length).sort((a, b) => a - b), octets.length];
      const chunks = places.slice(1).map((at, index) => octets.subarray(places[index], at));
      expect(decodeAll(chunks)).toEqual(frames.map(withLength));
    }),
    { numRuns: 1_000 },
  );
});

test('random octets give frames or a StompError, nothing else', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc
      .constantFrom('SEND\n', 'foo:bar\n', '\n', '\0', '\\', 'content-length:3\n', 'CONNECT\r\n')
      .map((each) => Buffer.from(each)),
  );
  await fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (chunks) => {
      try {
        decodeAll(chunks);
      } catch (error) {
        expect(error).toBeInstanceOf(StompError);
      }
    }),
    { numRuns: 3_000 },
  );
});
