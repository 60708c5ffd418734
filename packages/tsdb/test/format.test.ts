import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { maintainAll, newFolder, noon, open, point } from './folder.ts';

// The example of docs/format.md. When these bytes have to change, the format's version has to.
const logBytes =
  '484c4f473b000000fe97f47e' +
  '0000' +
  '00000673797374656d0104686f737401610200056c6f61643100057573657273' +
  '02000be17a14ae47e1da3f06' +
  '01a09c0107000000000000e03f';
const logBytesOfFormat1 =
  '4200000089baa298' +
  '000673797374656d0104686f73740161' +
  '010000056c6f616431' +
  '010000057573657273' +
  '02000fe17a14ae47e1da3f0000000000000840' +
  '02a09c0107000000000000e03f';
const chunkBytes = '02' + '1200e209' + '02' + '000601020d540202' + '0209000000000000000840';

it('writes the log and the chunk of the documentation', () => {
  let now = noon;
  const folder = newFolder();
  const database = open({ folder, now: () => now });
  database.append(
    [0.42, 0.5].map((load1, index) =>
      point(noon + index * 10_000, { load1, users: 3 }, [['host', 'a']], 'system'),
    ),
  );
  database.commit();
  expect(readFileSync(join(folder, 'raw', `${noon}-0.wal`)).toString('hex')).toBe(logBytes);
  now += 600_000;
  maintainAll(database);
  const segment = readFileSync(join(folder, 'raw', `${noon}-0.seg`));
  expect(segment.toString('latin1', 0, 4)).toBe('HCSG');
  expect(segment.toString('hex', 32, 32 + chunkBytes.length / 2)).toBe(chunkBytes);
});

it.each([
  [2, logBytes],
  [1, logBytesOfFormat1],
])('reads a folder that another program wrote by the documentation, in format %i', (format, hex) => {
  const folder = newFolder();
  mkdirSync(join(folder, 'raw'));
  const meta = join(folder, 'meta.json');
  writeFileSync(meta, `{"format":${format},"windowMs":60000}`);
  writeFileSync(join(folder, 'raw', `${noon}-0.wal`), Buffer.from(hex, 'hex'));
  const expected = {
    measurement: 'system',
    tags: [['host', 'a']],
    times: Float64Array.of(noon, noon + 10_000),
    columns: new Map([
      ['load1', Float64Array.of(0.42, 0.5)],
      ['users', Float64Array.of(3, 3)],
    ]),
    texts: new Map(),
  };
  const first = open({ folder });
  expect(first.read({}, noon, noon + 60_000)).toEqual([expected]);
  // A program that knows format 1 only must not take what is written from now on for damaged.
  expect(JSON.parse(readFileSync(meta, 'utf8'))).toEqual({
    format: 2,
    windowMs: 60_000,
    blockMs: 14_400_000,
    dayMs: 86_400_000,
  });
  first.append([point(noon + 20_000, { load1: 1 }, [['host', 'a']], 'system')]);
  maintainAll(first);
  first.close();
  const again = open({ folder });
  expect([...again.read({}, noon, noon + 60_000)[0]!.columns.get('load1')!]).toEqual([0.42, 0.5, 1]);
  expect([...first.events, ...again.events].filter(({ type }) => type !== 'sealed')).toEqual([]);
});

const cellsBytes =
  '30' +
  '01010004' +
  '0009000000000000000040' +
  '020900713d0ad7a370ed3f' +
  '040900e17a14ae47e1da3f' +
  '060900000000000000e03f' +
  '021200e20902' +
  '080601020d540202' +
  '0a09000000000000000840';

it('writes the cells of the documentation', () => {
  let now = noon;
  const folder = newFolder();
  const database = open({
    folder,
    blockMs: 600_000,
    now: () => now,
    rollupKind: (_, field) => (field === 'users' ? 'counter' : 'gauge'),
  });
  database.append(
    [0.42, 0.5].map((load1, index) =>
      point(noon + index * 10_000, { load1, users: 3 }, [['host', 'a']], 'system'),
    ),
  );
  for (let step = 0; step < 2; step++) {
    now += 700_000;
    maintainAll(database);
  }
  const segment = readFileSync(join(folder, '1m', `${noon}-0.seg`));
  expect(segment.toString('hex', 32, 32 + cellsBytes.length / 2)).toBe(cellsBytes);
});
