import type { SeriesSamples } from '@hostcast/tsdb';
import { expect, test } from 'vitest';
import { csvHead, csvRows, csvTables } from '../../src/backup/csv.ts';

function samples(overrides: Partial<SeriesSamples>): SeriesSamples {
  return {
    measurement: 'disk',
    tags: [['host', 'web-1']],
    times: Float64Array.of(0),
    columns: new Map(),
    texts: new Map(),
    ...overrides,
  };
}

function csvOf(rows: readonly SeriesSamples[]): string {
  const tables = csvTables();
  for (const one of rows) tables.add(one);
  const table = tables.done().get('disk')!;
  return csvHead(table) + rows.flatMap((one) => [...csvRows(table, one)]).join('');
}

test('a measurement is one table: time, host, further tags, numbers, texts', () => {
  expect(
    csvOf([
      samples({
        tags: [
          ['dc', 'icn'],
          ['host', 'web-1'],
        ],
        times: Float64Array.of(1_700_000_000_123, 1_700_000_010_000),
        columns: new Map([
          ['used', Float64Array.of(1.5, Number.NaN)],
          ['free', Float64Array.of(-0, 3)],
        ]),
      }),
      samples({ texts: new Map([['mode', ['a,"b"\r\nc']]]) }),
    ]),
  ).toBe(
    'time,host,dc,free,used,mode\r\n' +
      '2023-11-14T22:13:20.123Z,web-1,icn,-0,1.5,\r\n' +
      '2023-11-14T22:13:30.000Z,web-1,icn,3,,\r\n' +
      '1970-01-01T00:00:00.000Z,web-1,,,,"a,""b""\r\nc"\r\n',
  );
});

test('no column has the name of another one', () => {
  const rows = samples({
    tags: [
      ['host', 'web-1'],
      ['time', 'noon'],
    ],
    columns: new Map([['host', Float64Array.of(1)]]),
    texts: new Map([['host', ['x']]]),
  });
  expect(csvOf([rows])).toBe(
    'time,host,time (tag),host (field),host (text)\r\n1970-01-01T00:00:00.000Z,web-1,noon,1,x\r\n',
  );
});
