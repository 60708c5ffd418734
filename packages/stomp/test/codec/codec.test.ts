import { encodeFrame, StompError } from '@hostcast/stomp/codec';
import { describe, expect, test } from 'vitest';
import { decodeAll, decoder, octets, wide } from '../support/octets.ts';
import { fixtures } from './fixtures.ts';

describe.each(fixtures)('$name', ({ frame, version, wire }) => {
  test('is decoded', () => {
    expect(decodeAll([octets(wire)], version)).toEqual([frame]);
  });

  test('is encoded', () => {
    expect(encodeFrame(frame, version)).toEqual(octets(wire));
  });

  test('comes back after both', () => {
    expect(decodeAll([encodeFrame(frame, version)], version)).toEqual([frame]);
  });

  test('is decoded wherever it is cut, and octet by octet', () => {
    const all = octets(wire);
    for (let at = 0; at <= all.length; at += 1) {
      expect(decodeAll([all.slice(0, at), all.slice(at)], version)).toEqual([frame]);
    }
    expect(
      decodeAll(
        [...all].map((octet) => Uint8Array.of(octet)),
        version,
      ),
    ).toEqual([frame]);
  });
});

test('line ends before, between and after frames are skipped', () => {
  const frames = decodeAll([octets('\n\r\nSEND\n\na\0\n\n\r\nSEND\n\nb\0\n')]);
  expect(frames.map(({ body }) => body)).toEqual([octets('a'), octets('b')]);
});

test('carriage returns before line feeds are no part of command, name or value', () => {
  const [frame] = decodeAll([octets('SEND\r\ndestination:/topic/a\r\nfoo:bar\r\n\r\nbody\r\n\0')]);
  expect(frame).toEqual({
    command: 'SEND',
    headers: new Map([
      ['destination', '/topic/a'],
      ['foo', 'bar'],
    ]),
    body: octets('body\r\n'),
  });
});

test('the first of repeated headers counts', () => {
  const [frame] = decodeAll([octets('SEND\nfoo:1\nfoo:2\n\n\0')]);
  expect(frame?.headers).toEqual(new Map([['foo', '1']]));
});

test('values are never trimmed and names keep their case', () => {
  const [frame] = decodeAll([octets('SEND\nx-a:  1 \nX-A:2\n\n\0')]);
  expect(frame?.headers).toEqual(
    new Map([
      ['x-a', '  1 '],
      ['X-A', '2'],
    ]),
  );
});

test('a header named __proto__ is a header', () => {
  const [frame] = decodeAll([octets('SEND\n__proto__:x\n\n\0')]);
  expect(frame?.headers).toEqual(new Map([['__proto__', 'x']]));
});

test('without content-length a body ends at the first NUL', () => {
  const frames = decodeAll([octets('SEND\n\nab\0SEND\n\ncd\0')]);
  expect(frames.map(({ body }) => body)).toEqual([octets('ab'), octets('cd')]);
});

test('a change of version counts from the next frame on, in the same chunk', () => {
  const from = decoder('1.0');
  from.push(octets('SEND\nfoo:C\\new\n\n\0SEND\nfoo:a\\nb\n\n\0'));
  expect(from.read()?.headers.get('foo')).toBe('C\\new');
  from.version = '1.2';
  expect(from.read()?.headers.get('foo')).toBe('a\nb');
});

test('a header that a version cannot write is left out', () => {
  const headers = new Map([
    ['a', 'x\ny'],
    ['b', 'x\ry'],
    ['c', 'x\0y'],
    ['d', 'x'],
  ]);
  const frame = { command: 'RECEIPT', headers, body: octets('') } as const;
  expect(encodeFrame(frame, '1.0')).toEqual(octets('RECEIPT\nd:x\n\n\0'));
  expect(encodeFrame(frame, '1.1')).toEqual(octets('RECEIPT\na:x\\ny\nd:x\n\n\0'));
  expect(encodeFrame(frame, '1.2')).toEqual(octets('RECEIPT\na:x\\ny\nb:x\\ry\nd:x\n\n\0'));
});

describe.each([
  ['an unknown command', 'FOO\n\n\0', 'ERR_STOMP_COMMAND_UNKNOWN'],
  ['a command in lower case', 'send\n\n\0', 'ERR_STOMP_COMMAND_UNKNOWN'],
  ['a header without colon', 'SEND\nfoo\n\n\0', 'ERR_STOMP_HEADER'],
  ['a header without name', 'SEND\n:foo\n\n\0', 'ERR_STOMP_HEADER'],
  ['an undefined escape', 'SEND\nfoo:a\\tb\n\n\0', 'ERR_STOMP_ESCAPE'],
  ['a backslash at the end', 'SEND\nfoo:a\\\n\n\0', 'ERR_STOMP_ESCAPE'],
  ['headers that are not UTF-8', 'SEND\nfoo:\xff\n\n\0', 'ERR_STOMP_UTF8'],
  ['a NUL within the headers', 'SEND\nfoo:bar\0', 'ERR_STOMP_FRAME_END'],
  ['a content-length that is no number', 'SEND\ncontent-length:-5\n\n\0', 'ERR_STOMP_CONTENT_LENGTH'],
  ['no NUL after content-length octets', 'SEND\ncontent-length:1\n\nab\0', 'ERR_STOMP_FRAME_END'],
  ['a body where there may be none', 'SUBSCRIBE\nid:0\n\nx\0', 'ERR_STOMP_BODY_UNEXPECTED'],
])('%s', (_name, wire, code) => {
  test(`is refused with ${code}`, () => {
    expect(() => decodeAll([octets(wire)])).toThrow(expect.objectContaining({ code }));
  });
});

test('1.1 has no escape for a carriage return', () => {
  expect(() => decodeAll([octets('SEND\nfoo:a\\rb\n\n\0')], '1.1')).toThrow(
    expect.objectContaining({ code: 'ERR_STOMP_ESCAPE' }),
  );
});

test('a carriage return within a header is refused in 1.2, where it has an escape, and data in 1.1 and 1.0', () => {
  const wire = octets('SEND\r\nfoo:a\rb\r\nbar:c\r\r\n\r\n\0');
  expect(() => decodeAll([wire], '1.2')).toThrow(expect.objectContaining({ code: 'ERR_STOMP_HEADER' }));
  for (const version of ['1.1', '1.0'] as const) {
    expect(decodeAll([wire], version)[0]?.headers).toEqual(
      new Map([
        ['foo', 'a\rb'],
        ['bar', 'c\r'],
      ]),
    );
  }
});

test('a fault after the receipt header tells which receipt was asked for', () => {
  expect(() => decodeAll([octets('SEND\nreceipt:7\nfoo\n\n\0')])).toThrow(
    expect.objectContaining({ receipt: '7' }),
  );
});

describe.each([
  [
    'headerLineBytes',
    { ...wide, headerLineBytes: 8 },
    'SEND\nfoo:1234\n\n\0',
    'SEND\nfoo:12345\n\n\0',
    'ERR_STOMP_HEADER_LINE_TOO_LONG',
  ],
  [
    'headers',
    { ...wide, headers: 2 },
    'SEND\na:1\nb:2\n\n\0',
    'SEND\na:1\na:2\nc:3\n\n\0',
    'ERR_STOMP_TOO_MANY_HEADERS',
  ],
  [
    'bodyBytes to the NUL',
    { ...wide, bodyBytes: 3 },
    'SEND\n\nabc\0',
    'SEND\n\nabcd',
    'ERR_STOMP_BODY_TOO_LARGE',
  ],
  [
    'bodyBytes by length',
    { ...wide, bodyBytes: 3 },
    'SEND\ncontent-length:3\n\nabc\0',
    'SEND\ncontent-length:4\n\n',
    'ERR_STOMP_BODY_TOO_LARGE',
  ],
  ['frameBytes', { ...wide, frameBytes: 9 }, 'SEND\n\nabc\0', 'SEND\n\nabcd', 'ERR_STOMP_FRAME_TOO_LARGE'],
])('limit %s', (_name, limits, at, above, code) => {
  test('lets what is just as large pass', () => {
    expect(decodeAll([octets(at)], '1.2', limits)).toHaveLength(1);
  });

  test(`refuses what is larger with ${code}, before it is whole, in one piece or octet by octet`, () => {
    expect(() => decodeAll([octets(above)], '1.2', limits)).toThrow(expect.objectContaining({ code }));
    const single = [...octets(above)].map((octet) => Uint8Array.of(octet));
    expect(() => decodeAll(single, '1.2', limits)).toThrow(StompError);
  });
});
