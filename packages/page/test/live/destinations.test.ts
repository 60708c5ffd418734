import { describe, expect, test } from 'vitest';
import { hostDestination, hostPath } from '../../src/live/destinations.ts';

describe('the destination of a host', () => {
  test.each([
    ['web-1', '/topic/hosts.web-1'],
    ['WEB_2', '/topic/hosts.WEB_2'],
    ['db.example.com', '/topic/hosts.db%2Eexample%2Ecom'],
    ['a/b c%', '/topic/hosts.a%2Fb%20c%25'],
    ['*', '/topic/hosts.%2A'],
    ['서버', '/topic/hosts.%EC%84%9C%EB%B2%84'],
    ['🐧', '/topic/hosts.%F0%9F%90%A7'],
  ])('of %j is one segment', (host, destination) => {
    expect(hostDestination(host)).toBe(destination);
  });
});

test('the page of a host keeps a slash in its name', () => {
  expect(hostPath('rack/1')).toBe('/hosts/rack%2F1');
});
