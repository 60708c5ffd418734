import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../../src/store/influx/errors.ts';
import { StoreError } from '../../../src/store/metricStore.ts';

const place = 'InfluxDB at https://influx.example.org:8086';

describe('a failure without an answer', () => {
  it.each([
    ['ECONNREFUSED', 'refused the connection'],
    ['ENOTFOUND', 'was not found: its host name is not known'],
    ['EAI_AGAIN', 'was not found: its host name is not known'],
    ['ETIMEDOUT', 'did not take the connection in time'],
    ['EHOSTUNREACH', 'cannot be reached: there is no route to it'],
    ['ENETUNREACH', 'cannot be reached: there is no route to it'],
    ['ECONNRESET', 'closed the connection before it had answered'],
    ['EPIPE', 'closed the connection before it had answered'],
    ['HPE_INVALID_CONSTANT', 'does not speak HTTP there'],
    ['EPROTO', 'does not speak TLS there: is it http:// in place of https://?'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS there: is it http:// in place of https://?'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'has a TLS certificate that is not trusted (SELF_SIGNED_CERT_IN_CHAIN)'],
    ['CERT_HAS_EXPIRED', 'has a TLS certificate that is not trusted (CERT_HAS_EXPIRED)'],
    ['EMFILE', 'could not be asked (EMFILE)'],
  ])('of %s is told in words', (code, words) => {
    const error = explainFailure(place, Object.assign(new Error('x'), { code }));
    expect([error.code, error.message]).toEqual(['ERR_STORE_UNAVAILABLE', `${place} ${words}`]);
  });

  it('without a code is told by its innermost cause', () => {
    const error = explainFailure(place, new Error('outer', { cause: new Error('bad port') }));
    expect(error.message).toBe(`${place} could not be asked (bad port)`);
  });

  it('that was explained already stays as it is', () => {
    const error = new StoreError('ERR_STORE_OVERLOADED', 'too much');
    expect(explainFailure(place, error)).toBe(error);
  });
});
