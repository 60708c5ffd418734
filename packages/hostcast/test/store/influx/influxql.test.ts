import { describe, expect, it } from 'vitest';
import {
  boundStatement,
  bucketGauges,
  bucketRates,
  canQuote,
  quotedStatement,
  quoteName,
  quoteValue,
  rawRows,
  type Source,
  tagValues,
} from '../../../src/store/influx/influxql.ts';

const net: Source = {
  measurement: 'net',
  fields: ['bytes_recv', 'bytes_sent'],
  tagKeys: ['host', 'interface'],
  ambiguous: new Set(),
  anyOf: [[['host', 'a']]],
  fromMs: 1_700_000_000_000,
  toMs: 1_700_000_060_000,
};

describe('quoting', () => {
  it.each([
    ['usage_idle', '"usage_idle"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['back\\slash', '"back\\\\slash"'],
    ['\\"', '"\\\\\\""'],
    ["it's", '"it\'s"'],
    ['two\nlines', '"two\\nlines"'],
    ['', '""'],
  ])('makes an identifier of %j', (name, quoted) => {
    expect(quoteName(name)).toBe(quoted);
  });

  it.each([
    ['web-1', "'web-1'"],
    ["it's", "'it\\'s'"],
    ["\\' OR 1=1 --", "'\\\\\\' OR 1=1 --'"],
    ['say "hi"', '\'say "hi"\''],
    ['two\nlines', "'two\\nlines'"],
  ])('makes a string of %j', (value, quoted) => {
    expect(quoteValue(value)).toBe(quoted);
  });

  it.each(['a\0b', 'a\rb'])('refuses %j, for which InfluxQL has no escape', (text) => {
    expect(canQuote(text)).toBe(false);
    expect(() => quoteName(text)).toThrow(RangeError);
    expect(() => quoteValue(text)).toThrow(RangeError);
  });
});

describe('statements', () => {
  it('reads raw rows with the tags as columns and both time bounds', () => {
    expect(quotedStatement(rawRows(net))).toBe(
      `SELECT "bytes_recv", "bytes_sent", "host", "interface" FROM "net" WHERE ("host" = 'a') AND ` +
        'time >= 1700000000000ms AND time < 1700000060000ms',
    );
  });

  it('reads what several selections want together', () => {
    const both: Source = {
      ...net,
      anyOf: [
        [['host', 'a']],
        [
          ['host', 'b'],
          ['interface', 'eth0'],
        ],
      ],
    };
    expect(quotedStatement(rawRows(both))).toContain(
      ` WHERE ("host" = 'a' OR "host" = 'b' AND "interface" = 'eth0') AND time >= `,
    );
  });

  it('reads all series where one selection wants all', () => {
    expect(quotedStatement(rawRows({ ...net, anyOf: [[['host', 'a']], []] }))).toContain(
      ' FROM "net" WHERE time >= ',
    );
  });

  it('says which is meant where a tag and a field share a name', () => {
    const source: Source = {
      ...net,
      fields: ['host', 'bytes_recv'],
      tagKeys: ['host'],
      ambiguous: new Set(['host']),
    };
    expect(quotedStatement(rawRows(source))).toMatch(
      /^SELECT "host"::field, "bytes_recv", "host"::tag FROM "net" WHERE \("host"::tag = 'a'\)/,
    );
  });

  it('averages gauges in buckets', () => {
    expect(quotedStatement(bucketGauges({ ...net, fields: ['speed'] }, 60_000))).toBe(
      `SELECT mean("speed") FROM "net" WHERE ("host" = 'a') AND time >= 1700000000000ms AND ` +
        'time < 1700000060000ms GROUP BY time(60000ms), * fill(none)',
    );
  });

  it('takes rates of raw samples before it averages them in buckets, without the steps that are gaps', () => {
    const steps = { lookBackMs: 90_000, longestMs: 90_000 };
    expect(quotedStatement(bucketRates(net, 60_000, steps))).toBe(
      'SELECT mean(r0), mean(r1) FROM (SELECT non_negative_derivative("bytes_recv", 1s) AS r0, ' +
        'elapsed("bytes_recv", 1ms) AS e0, non_negative_derivative("bytes_sent", 1s) AS r1, ' +
        `elapsed("bytes_sent", 1ms) AS e1 FROM "net" WHERE ("host" = 'a') AND ` +
        'time >= 1699999910000ms AND time < 1700000060000ms GROUP BY *) WHERE (e0 <= 90000 OR e1 <= 90000) ' +
        'AND time >= 1699999910000ms AND time < 1700000060000ms GROUP BY time(60000ms), * fill(none)',
    );
  });

  it('binds each value once, and none of what is text', () => {
    const source: Source = {
      ...net,
      measurement: '$p0',
      anyOf: [
        [
          ['host', "it's"],
          ['interface', '$p1'],
        ],
        [['host', "it's"]],
      ],
    };
    const { text, values } = boundStatement(rawRows(source));
    expect(text).toBe(
      'SELECT "bytes_recv", "bytes_sent", "host", "interface" FROM "$p0" WHERE ' +
        '("host" = $p0 AND "interface" = $p1 OR "host" = $p0) AND ' +
        'time >= 1700000000000ms AND time < 1700000060000ms',
    );
    expect([...values]).toEqual([
      ['p0', "it's"],
      ['p1', '$p1'],
    ]);
  });

  it('asks for the values of a tag, of 3.x within a range', () => {
    expect(quotedStatement(tagValues('host'))).toBe('SHOW TAG VALUES WITH KEY = "host"');
    const within = { measurements: ['cpu', 'm"em'], fromMs: 1000, toMs: 2000 };
    expect(quotedStatement(tagValues('host', within))).toBe(
      'SHOW TAG VALUES FROM "cpu", "m\\"em" WITH KEY = "host" WHERE time >= 1000ms AND time < 2000ms',
    );
  });
});
