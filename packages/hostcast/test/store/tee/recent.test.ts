import { describe, expect, it } from 'vitest';
import { Recent } from '../../../src/store/tee/recent.ts';
import { point } from '../../support/points.ts';

const noon = Date.UTC(2026, 10, 22, 12);
const at = (ms: number) => ({ nowMs: noon + ms, monotonicMs: ms });
const net = (host: string, bytes: number, ms: number) =>
  point('net', { host, interface: 'eth0' }, { bytes_recv: bytes }, noon + ms);

describe('what is kept in memory', () => {
  it('is the newest and the previous value of each field, whatever the order in which they came', () => {
    const recent = new Recent();
    recent.note([net('a', 30, 20_000), net('a', 10, 0), net('a', 20, 10_000)], at(20_000));
    recent.note([net('a', 31, 20_000)], at(21_000)); // the same moment again
    const [table] = recent.tables({ measurement: 'net' });
    expect(table).toMatchObject({ measurement: 'net', fields: ['bytes_recv'] });
    expect(table?.series).toEqual([
      [
        ['host', 'a'],
        ['interface', 'eth0'],
      ],
    ]);
    expect(
      [table?.times, table?.values, table?.previousTimes, table?.previousValues].map((cells) => cells?.[0]),
    ).toEqual([noon + 20_000, 31, noon + 10_000, 20]);
  });

  it('has a sample from ahead of the clock as the newest only until one comes that is not', () => {
    const recent = new Recent();
    const newest = () => {
      const [table] = recent.tables({});
      return [table?.times[0], table?.values[0], table?.previousTimes[0]];
    };
    recent.note([net('a', 10, 1_800_000), net('a', 20, 1_810_000)], at(0));
    expect(newest()).toEqual([noon + 1_810_000, 20, noon + 1_800_000]);
    recent.note([net('a', 30, 10_000)], at(10_000)); // that host's clock was set right
    expect(newest()).toEqual([noon + 10_000, 30, Number.NaN]);
    expect([recent.size, recent.hosts()]).toEqual([1, [{ host: 'a', newestMs: noon + 10_000 }]]);
  });

  it('is nothing from more than an hour ahead', () => {
    const recent = new Recent();
    recent.note([net('a', 10, 3_600_001)], at(0));
    expect([recent.tables({}), recent.hosts()]).toEqual([[], []]);
  });

  it('joins fields that come in lines of their own, and leaves texts out', () => {
    const recent = new Recent();
    recent.note([point('system', { host: 'a' }, { load1: 0.5 }, noon)], at(0));
    recent.note([point('system', { host: 'a' }, { uptime: 9, uptime_format: '9 s', ok: true }, noon)], at(0));
    const [table] = recent.tables({ tags: [['host', 'a']] });
    expect(table?.fields).toEqual(['load1', 'uptime', 'ok']);
    expect([...(table?.values ?? [])]).toEqual([0.5, 9, 1]);
    expect(recent.tables({ measurement: 'system', fields: ['uptime_format'] })).toEqual([]);
  });

  it('is selected by measurement, tags and fields', () => {
    const recent = new Recent();
    recent.note([net('a', 1, 0), net('b', 2, 0), point('mem', { host: 'a' }, { used: 3 }, noon)], at(0));
    const names = (selection: Parameters<Recent['tables']>[0]) =>
      recent
        .tables(selection)
        .flatMap(({ measurement, series }) => series.map(([host]) => [measurement, host?.[1]]));
    expect(names({})).toEqual([
      ['net', 'a'],
      ['net', 'b'],
      ['mem', 'a'],
    ]);
    expect(names({ measurement: 'net', tags: [['interface', 'eth0']] })).toHaveLength(2);
    expect(names({ tags: [['host', 'a']] })).toEqual([
      ['net', 'a'],
      ['mem', 'a'],
    ]);
    expect(names({ measurement: 'net', tags: [['host', 'c']] })).toEqual([]);
  });

  it('names its hosts with their newest time, and forgets those that are silent', () => {
    const recent = new Recent({ silentMs: 60_000 });
    recent.note([net('a', 1, 0), net('b', 1, 5_000)], at(5_000));
    expect(recent.hosts()).toEqual([
      { host: 'a', newestMs: noon },
      { host: 'b', newestMs: noon + 5_000 },
    ]);
    recent.note([net('b', 2, 70_000)], at(70_000));
    expect(recent.hosts()).toEqual([{ host: 'b', newestMs: noon + 70_000 }]);
    expect(recent.tables({ tags: [['host', 'a']] })).toEqual([]);
  });

  it('keeps rows for a while, and the newest two for longer', () => {
    const recent = new Recent({ keepMs: 30_000, silentMs: 3_600_000 });
    for (let ms = 0; ms <= 600_000; ms += 10_000) recent.note([net('a', ms, ms)], at(ms));
    recent.note([net('slow', 1, 0)], at(600_000));
    recent.note([net('slow', 2, 300_000)], at(620_000));
    const rows = (host: string) => recent.samples({ tags: [['host', host]] })[0]?.times.length;
    expect(rows('a')).toBeLessThanOrEqual(6);
    expect(rows('slow')).toBe(2);
  });

  it('keeps fewer rows of all where there are too many values, and never more than the limit by much', () => {
    const recent = new Recent({ values: 1_000 });
    for (let ms = 0; ms < 100_000; ms += 1_000) {
      recent.note(
        Array.from({ length: 100 }, (_, host) => net(`h${host}`, ms, ms)),
        at(ms),
      );
      expect(recent.size).toBeLessThanOrEqual(1_100);
    }
    expect(recent.hosts()).toHaveLength(100);
  });

  it('bounds the fields of a series', () => {
    const recent = new Recent({ fields: 2 });
    recent.note([point('m', { host: 'a' }, { a: 1, b: 2, c: 3 }, noon)], at(0));
    expect(recent.tables({})[0]?.fields).toEqual(['a', 'b']);
  });
});
