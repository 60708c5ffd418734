import type { Field, Point } from '@hostcast/tsdb';
import { describe, expect, test } from 'vitest';
import type { LineLimits } from '../../src/lineProtocol/limits.ts';
import type { Precision } from '../../src/lineProtocol/numbers.ts';
import { createLineParser, type LineError } from '../../src/lineProtocol/parser.ts';

const receivedMs = 1_700_000_000_123;

interface Parsed {
  readonly points: Point[];
  readonly errors: readonly LineError[];
  readonly errorCount: number;
}

function parse(
  body: string | Uint8Array,
  options: { precision?: Precision; limits?: Partial<LineLimits>; chunkBytes?: number } = {},
): Parsed {
  const { chunkBytes, ...rest } = options;
  const octets = typeof body === 'string' ? Buffer.from(body) : body;
  const parser = createLineParser({ receivedMs, ...rest });
  const step = chunkBytes ?? Math.max(octets.length, 1);
  for (let index = 0; index < octets.length; index += step) parser.push(octets.subarray(index, index + step));
  parser.end();
  return { points: parser.take(), errors: parser.errors, errorCount: parser.errorCount };
}

function fieldsOf(values: string): readonly Field[] {
  const { points, errors } = parse(`m ${values}\n`);
  expect(errors).toEqual([]);
  return points[0]!.fields;
}

function faultOf(line: string | Uint8Array, limits: Partial<LineLimits> = {}): string | undefined {
  const { points, errors } = parse(line, { limits });
  expect(points).toEqual([]);
  return errors[0]?.reason;
}

describe('a well-formed line', () => {
  test('gives measurement, tags sorted by key, fields in order and the time in ms', () => {
    const { points, errors } = parse(
      'cpu,host=web-1,cpu=cpu0 usage_idle=97.5,usage_user=1i 1700000000000000000\n',
    );
    expect(errors).toEqual([]);
    expect(points).toEqual([
      {
        measurement: 'cpu',
        tags: [
          ['cpu', 'cpu0'],
          ['host', 'web-1'],
        ],
        fields: [
          { name: 'usage_idle', type: 'float', value: 97.5 },
          { name: 'usage_user', type: 'integer', value: 1 },
        ],
        timeMs: 1_700_000_000_000,
      },
    ]);
  });

  test('needs no line end at the end of the body', () => {
    expect(parse('m f=1').points).toHaveLength(1);
    expect(parse('m f=1 5\r', { precision: 'ms' }).points[0]?.timeMs).toBe(5);
    expect(parse('m f="a"').points).toHaveLength(1);
  });

  test('may begin and end with spaces and be followed by empty lines and comments', () => {
    const body = '\n\r\n   \n# a comment\twith a tab\r\n  #\n  m   f=1   5   \r\n\n m f=2 6';
    const { points, errors } = parse(body, { precision: 'ms' });
    expect(errors).toEqual([]);
    expect(points.map(({ timeMs }) => timeMs)).toEqual([5, 6]);
  });

  test('may hold raw line ends inside a string, and the lines after it keep their numbers', () => {
    const { points, errors } = parse('m f="one\ntwo\r\n#three" 1\nbad\nm f=1 2\n', { precision: 'ms' });
    expect(points.map(({ fields }) => fields[0]!.value)).toEqual(['one\ntwo\r\n#three', 1]);
    expect(errors).toEqual([{ line: 4, reason: 'the line ends in a measurement', start: 'bad' }]);
  });

  test('keeps the last of fields with the same name, at the place of the first', () => {
    expect(fieldsOf('a=1,b=2,a=3i')).toEqual([
      { name: 'a', type: 'integer', value: 3 },
      { name: 'b', type: 'float', value: 2 },
    ]);
  });

  test('may have 20,000 names in one body without mixing them up', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}`);
    const { points } = parse(names.map((name) => `m,t=${name} ${name}=1,${name}x=2\n`).join(''));
    expect(points.map(({ tags }) => tags[0]![1])).toEqual(names);
    expect(points.map(({ fields }) => fields[1]!.name)).toEqual(names.map((name) => `${name}x`));
  });

  test('is empty for an empty body', () => {
    expect(parse('')).toEqual({ points: [], errors: [], errorCount: 0 });
  });
});

describe('names', () => {
  test.each([
    ['a\\,b\\ c', 'a,b c'],
    ['a\\=b=c', 'a\\=b=c'],
    ['a\\nb', 'a\\nb'],
    ['a\\\\b', 'a\\\\b'],
    ['a\\\\\\ b', 'a\\\\ b'],
    ['"q"', '"q"'],
    ['측정', '측정'],
    ['a#', 'a#'],
  ])('the measurement %s is %s', (written, read) => {
    expect(parse(`${written},t=v f=1\n`).points[0]?.measurement).toBe(read);
  });

  test.each([
    ['a\\=b\\,c\\ d', 'a=b,c d'],
    ['C:\\dir\\new', 'C:\\dir\\new'],
    ['C:\\\\ x', 'C:\\ x'],
    ['"v"', '"v"'],
    ['é\\ 🙂', 'é 🙂'],
  ])('%s is read as %s in tag keys, tag values and field keys', (written, read) => {
    const { points } = parse(`m,${written}=${written} ${written}=1\n`);
    expect(points[0]?.tags).toEqual([[read, read]]);
    expect(points[0]?.fields[0]?.name).toBe(read);
  });

  test('sort by code units', () => {
    expect(parse('m,b=1,ä=2,B=3,a=4 f=1\n').points[0]?.tags.map(([key]) => key)).toEqual([
      'B',
      'a',
      'b',
      'ä',
    ]);
  });
});

describe('field values', () => {
  test.each([
    ['1', 1],
    ['-1', -1],
    ['1.', 1],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['0', 0],
    ['-0.0', 0],
    ['007', 7],
    ['97.48743718592965', 97.48743718592965],
    ['0.1', 0.1],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['1e3', 1000],
    ['1E+3', 1000],
    ['1.5e-3', 0.0015],
    ['.5e1', 5],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', 1.7976931348623157e308],
    ['1e-400', 0],
  ])('%s is the float %d', (written, value) => {
    expect(fieldsOf(`f=${written}`)).toEqual([{ name: 'f', type: 'float', value }]);
  });

  test.each([
    ['0i', 0],
    ['-0i', 0],
    ['42i', 42],
    ['-42i', -42],
    ['00000000000000000000000042i', 42],
    ['9007199254740993i', 9007199254740992],
    ['9223372036854775807i', 2 ** 63],
    ['-9223372036854775808i', -(2 ** 63)],
  ])('%s is the integer %d', (written, value) => {
    expect(fieldsOf(`f=${written}`)).toEqual([{ name: 'f', type: 'integer', value }]);
  });

  test.each([
    ['42u', 42],
    ['18446744073709551615u', 2 ** 64],
  ])('%s is the unsigned integer %d', (written, value) => {
    expect(fieldsOf(`f=${written}`)).toEqual([{ name: 'f', type: 'unsigned', value }]);
  });

  test.each(['t', 'T', 'true', 'True', 'TRUE'])('%s is true', (written) => {
    expect(fieldsOf(`f=${written}`)).toEqual([{ name: 'f', type: 'boolean', value: true }]);
  });

  test.each(['f', 'F', 'false', 'False', 'FALSE'])('%s is false', (written) => {
    expect(fieldsOf(`f=${written}`)).toEqual([{ name: 'f', type: 'boolean', value: false }]);
  });

  test.each([
    ['""', ''],
    ['"a b,c=d"', 'a b,c=d'],
    ['"say \\"hi\\""', 'say "hi"'],
    ['"C:\\\\new"', 'C:\\new'],
    ['"a\\nb"', 'a\\nb'],
    ['"\\\\"', '\\'],
    ['"\\\\\\""', '\\"'],
    ['"tab\tnul\u0000"', 'tab\tnul\u0000'],
    ['"온도 🙂"', '온도 🙂'],
  ])('%s is the string %s', (written, value) => {
    expect(fieldsOf(`f=${written},g=1`)[0]).toEqual({ name: 'f', type: 'string', value });
  });

  test.each([
    '',
    '+1',
    '0x1',
    'NaN',
    'Inf',
    '-',
    '.',
    '-.',
    'e5',
    '1e',
    '1e+',
    '1.2.3',
    '1_000',
    'i',
    '-i',
    '1.5i',
    '1e3i',
    '-1u',
    'u',
    '1f',
    'tru',
    'TRue',
    'yes',
    '"open',
    '"a"b',
    "'a'",
    '1\t',
  ])('%j is no value', (written) => {
    expect(faultOf(`m f=${written}\n`)).toEqual(expect.any(String));
  });

  test.each([
    ['1e400', 'a float out of range'],
    ['9223372036854775808i', 'an integer out of range'],
    ['-9223372036854775809i', 'an integer out of range'],
    ['18446744073709551616u', 'an unsigned out of range'],
    [`${'9'.repeat(10_000)}i`, 'an integer out of range'],
  ])('%s is out of range', (written, reason) => {
    expect(faultOf(`m f=${written}\n`)).toBe(reason);
  });
});

describe('timestamps', () => {
  test.each<[Precision, string, number]>([
    ['ns', '1700000000123456789', 1_700_000_000_123],
    ['ns', '-1', -1],
    ['ns', '-1000000', -1],
    ['ns', '999999', 0],
    ['ns', '9223372036854775807', 9_223_372_036_854],
    ['ns', '-9223372036854775808', -9_223_372_036_855],
    ['us', '1700000000123456', 1_700_000_000_123],
    ['us', '9223372036854775', 9_223_372_036_854],
    ['ms', '1700000000123', 1_700_000_000_123],
    ['ms', '9223372036854', 9_223_372_036_854],
    ['s', '1700000000', 1_700_000_000_000],
    ['s', '00000000000000000000000001', 1000],
    ['m', '2', 120_000],
    ['h', '-2', -7_200_000],
    ['auto', '0', 0],
    ['auto', '4999999999', 4_999_999_999_000],
    ['auto', '5000000000', 5_000_000_000],
    ['auto', '4999999999999', 4_999_999_999_999],
    ['auto', '5000000000000', 5_000_000_000],
    ['auto', '4999999999999999', 4_999_999_999_999],
    ['auto', '5000000000000000', 5_000_000_000],
    ['auto', '-4999999999', -4_999_999_999_000],
    ['auto', '-5000000000', -5_000_000_000],
    ['auto', '9223372036854775807', 9_223_372_036_854],
  ])('in %s, %s is %d ms', (precision, written, timeMs) => {
    expect(parse(`m f=1 ${written}\n`, { precision }).points[0]?.timeMs).toBe(timeMs);
  });

  test.each<[Precision, string]>([
    ['ns', '9223372036854775808'],
    ['ns', '-9223372036854775809'],
    ['ns', '1'.repeat(30)],
    ['us', '9223372036854776'],
    ['ms', '9223372036855'],
    ['s', '9223372037'],
    ['h', '2562047789'],
    ['auto', '9223372036854775808'],
    ['ns', '-'],
  ])('in %s, %s is out of range or no number', (precision, written) => {
    const { points, errors } = parse(`m f=1 ${written}\n`, { precision });
    expect(points).toEqual([]);
    expect(errors[0]?.reason).toBe('the timestamp is not a number in range');
  });

  test.each(['1.5', '1e3', '+1', '1i', '1 2', 'now'])('%s after the fields is an error', (written) => {
    expect(faultOf(`m f=1 ${written}\n`)).toEqual('unexpected text at the end');
  });

  test.each<[Precision, number]>([
    ['ns', 1_700_000_000_123],
    ['ms', 1_700_000_000_123],
    ['auto', 1_700_000_000_123],
    ['s', 1_700_000_000_000],
    ['m', 1_699_999_980_000],
  ])('a missing one is the time of receipt, truncated to %s', (precision, timeMs) => {
    expect(parse('m f=1\n', { precision }).points[0]?.timeMs).toBe(timeMs);
  });

  test('refuses a precision that does not exist', () => {
    expect(() => parse('', { precision: 'fortnight' as Precision })).toThrow(RangeError);
  });
});

describe('a bad line', () => {
  test('costs only itself and is reported with its number and how it begins', () => {
    const body = 'm f=1\nm,t f=1\nm f=2\nm f=yes 1\nm f=3\n';
    const { points, errors, errorCount } = parse(body);
    expect(points.map(({ fields }) => fields[0]?.value)).toEqual([1, 2, 3]);
    expect(errorCount).toBe(2);
    expect(errors).toEqual([
      { line: 2, reason: "expected '=' after a tag key", start: 'm,t ' },
      { line: 4, reason: 'the value of a field is neither number, boolean nor string', start: 'm f=yes ' },
    ]);
  });

  test.each([
    ['m\n', 'the line ends in a measurement'],
    ['m \n', 'the line ends in a field key'],
    [',t=v f=1\n', 'expected a measurement'],
    ['m, f=1\n', 'expected a tag key'],
    ['m,=v f=1\n', 'expected a tag key'],
    ['m,t= f=1\n', 'expected a tag value'],
    ['m,t=v\n', 'the line ends in a tag value'],
    ['m,t=a=b f=1\n', "an unescaped '=' in a tag value"],
    ['m,t=a,t=b f=1\n', 'a tag key appears twice'],
    ['m,b=1,a=1,b=2 f=1\n', 'a tag key appears twice'],
    ['m f\n', 'the line ends in a field key'],
    ['m =1\n', 'expected a field key'],
    ['m f=1,\n', 'the line ends in a field key'],
    ['m f=1, g=2\n', 'expected a field key'],
    ['m f=\n', 'a field has no value'],
    ['m\tf=1\n', 'control character 0x09 in a measurement'],
    ['m f=1\t5\n', 'the value of a field is neither number, boolean nor string'],
    ['m,t=\u007f f=1\n', 'control character 0x7f in a tag value'],
    ['m f=1 5\rx\n', 'a carriage return that ends no line'],
    ['# nul \u0000\n', 'a control character in a comment'],
    ['m,t=a\\\n', 'the line ends in a tag value'],
    ['m,t=a\\ f=1\n', "an unescaped '=' in a tag value"],
    ['m f="open\nm f=1\n', 'the string is not closed'],
  ])('%j: %s', (line, reason) => {
    expect(faultOf(line)).toBe(reason);
  });

  test.each([
    ['measurement', Buffer.from('m\xff f=1\nm f=1', 'latin1')],
    ['tag key', Buffer.from('m,\xc3=v f=1\nm f=1', 'latin1')],
    ['tag value', Buffer.from('m,t=\xed\xa0\x80 f=1\nm f=1', 'latin1')],
    ['field key', Buffer.from('m \xc0\x80=1\nm f=1', 'latin1')],
  ])('may hold invalid UTF-8 in a %s', (what, body) => {
    const { points, errors } = parse(body);
    expect(errors.map(({ reason }) => reason)).toEqual([`invalid UTF-8 in a ${what}`]);
    expect(points).toHaveLength(1);
  });

  test('may hold invalid UTF-8 in a string, line ends included', () => {
    const { points, errors } = parse(Buffer.from('m f="\xfe\n"\nm f=1\nm', 'latin1'));
    expect(errors.map(({ line, reason }) => [line, reason])).toEqual([
      [1, 'invalid UTF-8 in a string'],
      [4, 'the line ends in a measurement'],
    ]);
    expect(points).toHaveLength(1);
  });

  test('is echoed with at most 64 characters', () => {
    expect(parse(`m,${'k'.repeat(1000)} f=1\n`).errors[0]?.start).toBe(`m,${'k'.repeat(62)}`);
  });

  test('is described 100 times at most and counted always', () => {
    const { errors, errorCount } = parse('bad\n'.repeat(150));
    expect(errors).toHaveLength(100);
    expect(errorCount).toBe(150);
  });
});

describe('limits', () => {
  test('a line has at most lineBytes octets', () => {
    const line = (octets: number) => `m f="${'x'.repeat(octets - 6)}"`;
    const limits = { lineBytes: 100, stringBytes: 1000 };
    expect(parse(`${line(100)}\nm f=1`, { limits }).points).toHaveLength(2);
    const { points, errors } = parse(`${line(101)}\nm f=1`, { limits });
    expect(points).toHaveLength(1);
    expect(errors[0]?.reason).toBe('the line is longer than 100 octets');
  });

  test('by default a line has at most 1 MiB', () => {
    const line = (octets: number) => {
      const fields = Array.from({ length: 17 }, (_, index) => `f${index}="${'x'.repeat(60_000)}"`).join(',');
      const start = `m ${fields},last="`;
      return `${start}${'y'.repeat(octets - start.length - 1)}"`;
    };
    expect(parse(`${line(1_048_576)}\n`).points).toHaveLength(1);
    expect(faultOf(`${line(1_048_577)}\n`)).toBe('the line is longer than 1048576 octets');
  });

  test('a point has at most 64 tags', () => {
    const line = (count: number) => `m${Array.from({ length: count }, (_, i) => `,t${i}=v`).join('')} f=1\n`;
    expect(parse(line(64)).points[0]?.tags).toHaveLength(64);
    expect(faultOf(line(65))).toBe('more than 64 tags');
  });

  test('a point has at most 1,024 fields', () => {
    const line = (count: number) => `m ${Array.from({ length: count }, (_, i) => `f${i}=1`).join(',')}\n`;
    expect(parse(line(1024)).points[0]?.fields).toHaveLength(1024);
    expect(faultOf(line(1025))).toBe('more than 1024 fields');
  });

  test('a name has at most 65,536 octets', () => {
    expect(parse(`m,t=${'v'.repeat(65_536)} f=1\n`).points).toHaveLength(1);
    expect(faultOf(`m,t=${'v'.repeat(65_537)} f=1\n`)).toBe('a tag value is longer than 65536 octets');
    expect(faultOf(`m,${'k'.repeat(65_537)}=v f=1\n`)).toBe('a tag key is longer than 65536 octets');
    expect(faultOf(`${'m'.repeat(65_537)} f=1\n`)).toBe('a measurement is longer than 65536 octets');
    expect(faultOf(`m ${'f'.repeat(65_537)}=1\n`)).toBe('a field key is longer than 65536 octets');
  });

  test('a string has at most 65,536 octets', () => {
    expect(parse(`m f="${'v'.repeat(65_536)}"\n`).points).toHaveLength(1);
    expect(faultOf(`m f="${'v'.repeat(65_537)}"\n`)).toBe('a string is longer than 65536 octets');
  });
});

describe('chunks', () => {
  const body = [
    '# comment\r',
    'cpu,host=web-1 usage_idle=97.48743718592965,n=3i,s="a \\"b\\" \n c",b=t 1700000000000000000\r',
    'bad line here',
    'm\\ x,k\\=1=v\\,w f="unfinished \\\\" 12',
    'm,t=é f=1,f=2',
    '',
    'm f="open',
  ].join('\n');

  test.each([1, 2, 3, 5, 7, 16, 64])('of %d octets give what the whole gives', (chunkBytes) => {
    expect(parse(body, { chunkBytes })).toEqual(parse(body));
  });

  test('do not have to keep their contents once pushed', () => {
    const parser = createLineParser({ receivedMs });
    const chunk = Buffer.from('m f=1 0\nm,t=abc');
    parser.push(chunk);
    chunk.fill(0);
    parser.push(Buffer.from('def f=2 0\n'));
    parser.end();
    expect(parser.take().map(({ tags }) => tags)).toEqual([[], [['t', 'abcdef']]]);
  });

  test('give their points as they come, and each point once', () => {
    const parser = createLineParser({ receivedMs });
    parser.push(Buffer.from('m f=1 0\nm f=2 0\nm f'));
    expect(parser.take()).toHaveLength(2);
    expect(parser.take()).toHaveLength(0);
    parser.push(Buffer.from('=3 0\n'));
    parser.end();
    expect(parser.take()).toHaveLength(1);
  });
});

describe('a well-formed point', () => {
  test.each([1, 7, 1000])('may be refused, which costs its line alone; chunks of %i octets', (octets) => {
    const parser = createLineParser({
      receivedMs,
      refuses: ({ tags }) => (tags[0]?.[1] === 'b' ? 'not b' : undefined),
    });
    const body = Buffer.from('m,host=a f=1\n\nm,host=b f=1 5\nm,host=c f="x\ny"\nm,host=d f=1');
    for (let at = 0; at < body.length; at += octets) parser.push(body.subarray(at, at + octets));
    parser.end();
    expect(parser.takeLines()).toEqual([1, 4, 6]);
    expect(parser.take().map(({ tags }) => tags[0]?.[1])).toEqual(['a', 'c', 'd']);
    expect(parser.errors).toEqual([{ line: 3, reason: 'not b', start: 'm,host=b f=1 5' }]);
    expect(parser.takeLines()).toEqual([]);
  });
});
