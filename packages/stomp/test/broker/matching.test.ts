import * as fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { DestinationMap } from '../../src/broker/matching.ts';
import { matches } from '../../src/broker/pattern.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

afterEach(() => {
  vi.restoreAllMocks();
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

test('64 patterns that all stay possible to the end take a step per segment each', () => {
  const map = new DestinationMap<number>();
  for (let pattern = 0; pattern < 64; pattern += 1) {
    const bits = pattern.toString(2).padStart(6, '0').replaceAll('0', '/a').replaceAll('1', '/*');
    map.add(`/topic/**${bits}${'/a'.repeat(50)}/end`, pattern);
  }
  const steps = [vi.spyOn(Set.prototype, 'add'), vi.spyOn(String.prototype, 'startsWith')];
  const visited: number[] = [];
  map.forEach(`/topic${'/a'.repeat(63)}`, (value) => visited.push(value));
  expect(steps.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBeLessThan(64);
  expect(visited).toEqual([]);
});

test('many patterns that are alike to their ends are not walked side by side, node by node', () => {
  const map = new DestinationMap<number>();
  for (let pattern = 0; pattern < 1_024; pattern += 1) {
    const bits = pattern.toString(2).padStart(10, '0').replaceAll('0', '/a').replaceAll('1', '/*');
    map.add(`/topic${bits}${'/a'.repeat(50)}/end`, pattern);
  }
  const steps = vi.spyOn(Map.prototype, 'get');
  map.forEach(`/topic${'/a'.repeat(61)}`, () => expect.unreachable());
  // 2 for each of the nodes of 8 segments, where each may be the text or `*`; else 100,000.
  expect(steps.mock.calls.length).toBeLessThan(1_024);
});

test('a visit may take out what is yet to be visited, and what was', () => {
  const map = new DestinationMap<string>();
  const patterns = ['/topic/*', '/topic/**', '/**/a', '/*/**'];
  for (const pattern of patterns) map.add(pattern, pattern);
  const visited: string[] = [];
  map.forEach('/topic/a', (value) => {
    visited.push(value);
    for (const pattern of patterns) map.delete(pattern, pattern);
  });
  expect(visited).toHaveLength(1);
});

test('finds among many patterns those that match one by one, and none that was taken out', async () => {
  const path = (...more: string[]) =>
    fc
      .array(fc.constantFrom('a', 'b', ...more), { minLength: 1, maxLength: 6 })
      .map((segments) => `/${segments.join('/')}`);
  await fc.assert(
    fc.property(fc.uniqueArray(path('*', '**'), { maxLength: 12 }), path(), fc.nat(12), (all, to, gone) => {
      const map = new DestinationMap<string>();
      for (const pattern of all) map.add(pattern, pattern);
      for (const pattern of all.slice(0, gone)) expect(map.delete(pattern, pattern)).toBe(true);
      const found: string[] = [];
      map.forEach(to, (value) => found.push(value));
      expect(found.sort()).toEqual(
        all
          .slice(gone)
          .filter((pattern) => matches(pattern, to))
          .sort(),
      );
    }),
    { numRuns: 2_000 },
  );
});
