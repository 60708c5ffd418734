import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostDestination, hostOfDestination } from '../../src/publish/destinations.ts';

describe('the destination of a host', () => {
  it.each([
    ['web-1', '/topic/hosts.web-1'],
    ['web-1.example.org', '/topic/hosts.web-1%2Eexample%2Eorg'],
    ['a/b', '/topic/hosts.a%2Fb'],
    ['*', '/topic/hosts.%2A'],
    ["~!'()", '/topic/hosts.%7E%21%27%28%29'],
    ['서버', '/topic/hosts.%EC%84%9C%EB%B2%84'],
  ])('of %s is %s', (host, destination) => {
    expect(hostDestination(host)).toBe(destination);
    expect(hostOfDestination(destination)).toBe(host);
  });

  it('gives back any name and never holds a separator or a wildcard', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (host) => {
        const destination = hostDestination(host);
        expect(hostOfDestination(destination)).toBe(host);
        expect(destination.slice('/topic/hosts.'.length)).toMatch(/^[A-Za-z0-9_%-]+$/);
      }),
    );
  });

  it.each([
    '/topic/hosts',
    '/topic/hosts.',
    '/topic/hosts.*',
    '/topic/hosts.a.b',
    '/topic/hosts.%2e',
    '/topic/hosts.%61',
    '/topic/hosts.%FF',
    '/topic/alerts',
  ])('is not %s', (destination) => {
    expect(hostOfDestination(destination)).toBeNull();
  });
});
