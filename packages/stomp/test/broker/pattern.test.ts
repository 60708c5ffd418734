import * as fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { compilePattern, matches } from '../../src/broker/pattern.ts';
import { house } from '../support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each([
  ['/topic/a', '/topic/a', true],
  ['/topic/a', '/topic/b', false],
  ['/topic/*', '/topic/a', true],
  ['/topic/*', '/topic/a/b', false],
  ['/topic/*', '/topic/a.b', false],
  ['/topic/hosts.*', '/topic/hosts.web-1', true],
  ['/topic/hosts.*', '/topic/hosts', false],
  ['/topic/*.x', '/topic/a/x', true],
  ['/topic/**', '/topic/a', true],
  ['/topic/**', '/topic/a/b.c', true],
  ['/topic/a/**', '/topic/a', true],
  ['/topic/**/z', '/topic/z', true],
  ['/topic/**/z', '/topic/a/b/z', true],
  ['/topic/**/z', '/topic/a/b', false],
  ['/topic/**/**/z', '/topic/a/z', true],
  ['/topic/a*', '/topic/ab', false],
  ['/topic/a*', '/topic/a*', true],
  ['/topic/**/a/*/c', '/topic/a/a/b/c', true],
  ['/topic/*', '/topic/', true],
  ['/topic/*', '/topic', false],
  ['/topic/**/ab', '/topic/abc', false],
  ['/topic/*.b', '/topic/a/b', true],
])('%s', (pattern, destination, isMatch) => {
  test(`${isMatch ? 'matches' : 'does not match'} ${destination}`, () => {
    expect(matches(pattern, destination)).toBe(isMatch);
  });
});

test('a pattern of many ** against a long destination is answered at once', () => {
  const pattern = `/topic${'/**/a'.repeat(100)}/end`;
  expect(matches(pattern, `/topic${'/a'.repeat(500)}`)).toBe(false);
});

test('agrees with a regular expression made of the pattern', async () => {
  const segments = (...more: string[]) =>
    fc.array(fc.constantFrom('a', 'b', ...more), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.property(segments('*', '**'), segments(), (pattern, destination) => {
      const source = pattern
        .map((each) => ({ '**': '(/[^/]+)*', '*': '/[^/]+' })[each] ?? `/${each}`)
        .join('');
      const expected = new RegExp(`^${source}$`).test(`/${destination.join('/')}`);
      return matches(`/${pattern.join('/')}`, `/${destination.join('/')}`) === expected;
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern of many ** compares texts only where they are likely to be the same', () => {
  const isMatch = compilePattern(`/topic/**${'/a'.repeat(30)}/b/**/end`);
  const destination = `/topic${'/a'.repeat(62)}`;
  const comparisons = vi.spyOn(String.prototype, 'startsWith');
  expect(isMatch(destination)).toBe(false);
  expect(comparisons.mock.calls.length).toBeLessThan(63);
});

test('what a pattern asks for at its ends is looked at before the middle is searched', () => {
  const comparisons = vi.spyOn(String.prototype, 'startsWith');
  expect(matches(`/topic/**${'/a'.repeat(10)}/**/end`, `/topic${'/a'.repeat(62)}`)).toBe(false);
  expect(matches(`/*${'/a'.repeat(20)}`, `/topic${'/a'.repeat(62)}`)).toBe(false);
  expect(comparisons.mock.calls.length).toBeLessThan(4);
});

test('a SUBSCRIBE to a pattern takes the pattern apart a few times, however many messages are kept', () => {
  const { client, stomp } = house({ destinations: { '/topic/**': { retain: true } } });
  for (let index = 0; index < 1_000; index += 1) stomp.publish(`/topic/a.${index}.b`, 'x');
  const one = client().connect();
  const split = vi.spyOn(String.prototype, 'split');
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/**/7/**/b\n\n\0');
  expect(split.mock.calls.length).toBeLessThan(20);
  expect(one.heard).toEqual(['MESSAGE:x']);
});
