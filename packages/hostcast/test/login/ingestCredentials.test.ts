import { describe, expect, it } from 'vitest';
import { ingestCredentials } from '../../src/login/ingestCredentials.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

function found(authorization: string | undefined, url = '/write?db=telegraf'): string[] {
  return ingestCredentials({ headers: authorization === undefined ? {} : { authorization }, url });
}

describe('the token of a request that writes', () => {
  it.each([
    ['as outputs.influxdb_v2 sends it', 'Token hct_a', ['hct_a']],
    ['as outputs.influxdb_v3 sends it', 'Bearer hct_a', ['hct_a']],
    ['whatever the case of the scheme', 'bEARER hct_a', ['hct_a']],
    ['with blanks around it', 'Token   hct_a ', ['hct_a']],
    ['as the password of any user', basic('telegraf:hct_a'), ['hct_a', 'telegraf']],
    ['as the password of no user', basic(':hct_a'), ['hct_a']],
    ['as the user without a password', basic('hct_a:'), ['hct_a']],
    ['as the user without a colon', basic('hct_a'), ['hct_a']],
    ['as both', basic('hct_a:hct_a'), ['hct_a']],
    ['of a user whose password has colons', basic('u:a:b'), ['a:b', 'u']],
    ['as the clients of 1.8 for 2.x send it', 'Token telegraf:hct_a', ['hct_a', 'telegraf']],
  ])('is found %s', (_, header, texts) => {
    expect(found(header)).toEqual(texts);
  });

  it.each([
    ['none', undefined],
    ['empty, as outputs.influxdb_v2 sends it without a token', 'Token '],
    ['a scheme alone', 'Token'],
    ['another scheme', 'Digest hct_a'],
    ['no base64', 'Basic ???'],
    ['longer than any token', `Token ${'a'.repeat(513)}`],
    ['nothing but blanks', ' '.repeat(16_000)],
  ])('is not found in a header that is %s', (_, header) => {
    expect(found(header)).toEqual([]);
  });

  it('is found in the query of outputs for InfluxDB 1.x, after that of the header', () => {
    expect(found(undefined, '/write?u=telegraf&p=hct_a')).toEqual(['hct_a', 'telegraf']);
    expect(found(undefined, '/write?u=hct_a')).toEqual(['hct_a']);
    expect(found('Bearer hct_b', '/write?p=hct_a')).toEqual(['hct_b', 'hct_a']);
    expect(found(undefined, '/write')).toEqual([]);
  });
});
