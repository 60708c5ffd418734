import { describe, expect, it } from 'vitest';
import type { LineLimits } from '../../src/lineProtocol/limits.ts';
import { createLineParser } from '../../src/lineProtocol/parser.ts';

function parse(text: string, limits: Partial<LineLimits> = {}) {
  const parser = createLineParser({ receivedMs: 0, limits });
  parser.push(Buffer.from(text));
  parser.end();
  const reasons = parser.errors.map(({ reason }) => reason);
  return { points: parser.take(), reasons };
}

/** The fields of each line as `name=value`. */
function fieldsOf(text: string, limits?: Partial<LineLimits>): string[] {
  return parse(text, limits).points.map(({ fields }) =>
    fields.map(({ name, value }) => `${name}=${value}`).join(),
  );
}

describe('a line that begins as one before it', () => {
  it('is of the same measurement and has the very same tags', () => {
    const { points } = parse('known,b=1,a=2 x=1\nknown,b=1,a=2 x=2\n');
    const [again] = parse('known,b=1,a=2 x=3\n').points;
    const tags = [
      ['a', '2'],
      ['b', '1'],
    ];
    for (const point of [...points, again!]) expect([point.measurement, point.tags]).toEqual(['known', tags]);
    expect(points[1]!.tags).toBe(points[0]!.tags);
    expect(again!.tags).toBe(points[0]!.tags);
  });

  it('is another series where its head goes on', () => {
    const { points } = parse('onward,a=1 x=1\nonward,a=12 x=1\nonward,a=1,b=2 x=1\nonward x=1\n');
    expect(points.map(({ tags }) => tags)).toEqual([
      [['a', '1']],
      [['a', '12']],
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [],
    ]);
  });

  it('may have other fields: fewer, more, in another order, in turn', () => {
    const lines = [
      'a=1,b=2,c=3',
      'a=1,b=2',
      'a=1,b=2,c=3,d=4',
      'b=2,a=1',
      'z=1',
      'a=1,x=2,c=3',
      'aa=1',
      'b=7',
    ];
    const text = lines.map((fields) => `turns,h=1 ${fields}\n`).join('');
    for (let round = 0; round < 100; round += 1) expect(fieldsOf(text)).toEqual(lines);
  });

  it('counts the last of several fields with one name, also where the first ones were expected', () => {
    expect(fieldsOf('twice,h=1 a=1,b=2\ntwice,h=1 a=1,b=2,a=3\ntwice,h=1 a=1,a=4,b=5\n')).toEqual([
      'a=1,b=2',
      'a=3,b=2',
      'a=4,b=5',
    ]);
  });

  it('is refused above the limits of another parser', () => {
    const text = 'limited,tag-a=1,tag-b=2 field-a=1,field-b=2\n';
    expect(parse(text).reasons).toEqual([]);
    expect(parse(text, { tags: 1 }).reasons).toEqual(['more than 1 tags']);
    expect(parse(text, { fields: 1 }).reasons).toEqual(['more than 1 fields']);
    expect(parse(text, { nameBytes: 6 }).reasons).toEqual(['a measurement is longer than 6 octets']);
    expect(parse(text.replace('limited', 'm'), { nameBytes: 6 }).reasons).toEqual([
      'a field key is longer than 6 octets',
    ]);
    expect(parse(text, { lineBytes: 10 }).reasons).toEqual(['the line is longer than 10 octets']);
    expect(parse(text).points).toHaveLength(1);
  });

  it('is refused for what is wrong behind its head, and the next one is read', () => {
    const bad = 'broken,h=1 a=x\nbroken,h=1 \nbroken,h=1\nbroken,h=1 a=1 t\nbroken,h=1 a\n';
    const { points, reasons } = parse(`broken,h=1 a=1\n${bad}broken,h=1 a=2\n`);
    expect(points.map(({ fields }) => fields[0]!.value)).toEqual([1, 2]);
    expect(reasons).toEqual([
      'the value of a field is neither number, boolean nor string',
      'the line ends in a field key',
      'the line ends in a tag value',
      'unexpected text at the end',
      'the line ends in a field key',
    ]);
  });

  it('with escapes, or beyond ASCII, is taken apart each time', () => {
    const text = 'esc\\,aped,h\\ h=\\=1 a\\=b=1,c=2\nespaña,h=é ñ=1\nes\\c,h=1 a\\b=1\n';
    const expected = parse(text).points;
    expect(expected.map(({ measurement }) => measurement)).toEqual(['esc,aped', 'españa', 'es\\c']);
    expect(expected.map(({ tags }) => tags.flat())).toEqual([
      ['h h', '=1'],
      ['h', 'é'],
      ['h', '1'],
    ]);
    expect(expected.map(({ fields }) => fields[0]!.name)).toEqual(['a=b', 'ñ', 'a\\b']);
    expect(parse(text).points).toEqual(expected);
  });

  it('is found again among more series than are kept', () => {
    const host = (n: number) => `many,host=web-${n} value=${n}i\n`;
    const text = Array.from({ length: 70_000 }, (_, n) => host(n)).join('');
    for (const _ of ['first', 'again']) {
      const { points } = parse(text);
      expect(points).toHaveLength(70_000);
      for (const n of [0, 1, 34_567, 69_999]) {
        expect(points[n]).toMatchObject({
          tags: [['host', `web-${n}`]],
          fields: [{ name: 'value', value: n }],
        });
      }
    }
  });
});
