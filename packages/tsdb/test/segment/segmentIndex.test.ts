import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tag } from '../../src/point.ts';
import { encodeIndex, IndexReader } from '../../src/segment/segmentIndex.ts';
import { Catalog, seriesKey } from '../../src/series.ts';
import { noon } from '../folder.ts';

/** The index of a file with a chunk of n bytes for the series of each host `h<n>`. */
function indexOf(hosts: readonly number[]): Buffer {
  const catalog = new Catalog();
  const chunks = hosts.map((host) => {
    const tags: Tag[] = [['host', `h${host}`]];
    const series = catalog.obtain(seriesKey('cpu', tags), 'cpu', tags);
    return { series, offset: 0, length: host, crc: host * 3, newestMs: noon + host };
  });
  const steps = encodeIndex(['usage_idle', 'usage_user'], chunks, noon);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

describe('indexes that are read one after the other', () => {
  it('say of each file what it holds, whatever the files before held', () => {
    const hosts = fc.oneof(
      fc.subarray(Array.from({ length: 30 }, (_, host) => host)),
      fc.uniqueArray(fc.nat(30)),
    );
    fc.assert(
      fc.property(fc.array(hosts, { maxLength: 6 }), (files) => {
        const catalog = new Catalog();
        const reader = new IndexReader(catalog);
        for (const file of files) {
          const { names, chunks } = reader.read(indexOf(file), noon);
          expect(names).toEqual(['usage_idle', 'usage_user']);
          expect(chunks.map(({ series }) => series.tags)).toEqual(file.map((host) => [['host', `h${host}`]]));
          expect(chunks.map(({ length, crc, newestMs }) => [length, crc, newestMs])).toEqual(
            file.map((host) => [host, host * 3, noon + host]),
          );
          for (const { series } of chunks) expect(catalog.find(series.key)).toBe(series);
        }
      }),
    );
  });
});
