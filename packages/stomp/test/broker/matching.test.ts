import { expect, test } from 'vitest';
import { DestinationMap } from '../../src/broker/matching.ts';

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
