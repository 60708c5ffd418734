import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DestinationMap, matches } from '../../src/broker/matching.ts';

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
])('%s', (pattern, destination, isMatch) => {
  test(`${isMatch ? 'matches' : 'does not match'} ${destination}`, () => {
    expect(matches(pattern, destination)).toBe(isMatch);
  });
});

test('each value is visited once, however many ways lead to it, and not after it was taken out', () => {
  const map = new DestinationMap<string>();
  const patterns = ['/topic/a/b', '/topic/*/b', '/topic/**', '/topic/**/**/b', '/topic/c'];
  for (const pattern of patterns) map.add(pattern, pattern);
  const found = () => {
    const values: string[] = [];
    map.forEach('/topic/a/b', (value) => values.push(value));
    return values.sort();
  };
  expect(found()).toEqual(['/topic/**', '/topic/**/**/b', '/topic/*/b', '/topic/a/b']);
  expect(patterns.map((pattern) => map.delete(pattern, pattern))).toEqual([true, true, true, true, true]);
  expect(map.delete('/topic/a/b', '/topic/a/b')).toBe(false);
  expect(found()).toEqual([]);
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
