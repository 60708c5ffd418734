import { describe, expect, it } from 'vitest';
import { SeriesCensus } from '../../src/store/seriesCensus.ts';
import { point } from '../support/points.ts';

const limits = { series: 5, seriesPerHost: 2, hosts: 3 };
const day = 24 * 60 * 60_000;
const of = (host: string, cpu = '0') => point('cpu', { host, cpu }, { f: 1 }, 0);
const hostless = (n: number) => point('m', { n: String(n) }, { f: 1 }, 0);

const tooManyOfHost = 'a new series of a host that has 2 already (limits.series-per-host)';
const tooManyHosts = 'a new host, and there are 3 already (limits.hosts)';
const tooMany = 'a new series, and there are 5 already (limits.series)';

describe('a census of series', () => {
  it('lets pass what is below and at each limit, refuses what is above, and what is known goes on', () => {
    const census = new SeriesCensus(limits, 0);
    const sent = [
      of('a', '0'),
      of('a', '1'),
      of('a', '2'),
      of('b'),
      of('c'),
      of('d'),
      hostless(1),
      hostless(2),
    ];
    const refusals = [
      undefined,
      undefined,
      tooManyOfHost,
      undefined,
      undefined,
      tooManyHosts,
      undefined,
      tooMany,
    ];
    expect(sent.map((point) => census.refusalOf(point, 0))).toEqual(refusals);
    expect(sent.map((point) => census.refusalOf(point, 0))).toEqual(refusals);
  });

  it('tells series apart by measurement, key and value, and hosts by any name', () => {
    const census = new SeriesCensus({ series: 100, seriesPerHost: 1, hosts: 100 }, 0);
    const alike = [
      point('a', { b: 'c', host: '__proto__' }, { f: 1 }, 0),
      point('ab', { c: 'c', host: '__proto__' }, { f: 1 }, 0),
      point('a', { bc: 'c', host: 'constructor' }, { f: 1 }, 0),
      point('a', { b: 'cc', host: 'constructor' }, { f: 1 }, 0),
    ];
    const refused = alike.map((point) => census.refusalOf(point, 0) !== undefined);
    expect(refused).toEqual([false, true, false, true]);
  });

  it('forgets what was silent for two days, and only that', () => {
    const census = new SeriesCensus({ series: 2, seriesPerHost: 2, hosts: 3 }, 0);
    expect([census.refusalOf(of('a'), 0), census.refusalOf(of('b'), 0)]).toEqual([undefined, undefined]);
    expect(census.refusalOf(of('b'), day)).toBeUndefined();
    expect(census.refusalOf(of('c'), day)).toBe('a new series, and there are 2 already (limits.series)');
    expect(census.refusalOf(of('c'), 2 * day)).toBeUndefined();
    expect(census.refusalOf(of('a'), 2 * day)).toBe('a new series, and there are 2 already (limits.series)');
    expect(census.refusalOf(of('b'), 2 * day)).toBeUndefined();
  });

  it('keeps up with writes at full speed', () => {
    const census = new SeriesCensus({ series: 20_000, seriesPerHost: 20, hosts: 1_000 }, 0);
    let refused = 0;
    for (let i = 0; i < 60_000; i += 1) {
      if (census.refusalOf(of(`host-${i % 2_000}`, String(i % 19)), 0) !== undefined) refused += 1;
    }
    expect(refused).toBe(30_000);
  });
});
