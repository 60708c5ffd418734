import { expect, test } from 'vitest';
import { matchedFirst, matches, matchScore } from '../../src/find/match.ts';

test('what begins so comes before what has a word so, then what contains it, then what has its letters', () => {
  const names = ['w-x-e-b', 'cobweb', 'db-web-1', 'web-1'];
  const scores = names.map((name) => matchScore(name, 'web'));
  expect(scores.slice(1)).toEqual([2, 3, 4]);
  expect(scores[0]).toBe(-1_007);
});

test('each word that is typed has to be there, in any order and case', () => {
  expect(matchScore('web-1 dc icn', 'ICN web')).toBe(7);
  expect(matchScore('web-1 dc icn', 'web tokyo')).toBeUndefined();
});

test('characters that lie apart count within one name or tag, and only where nothing has them together', () => {
  const found = (names: readonly string[], typed: string): string[] =>
    matches(
      names.map((searched) => ({ searched })),
      typed,
    ).map(({ entry }) => entry.searched);
  expect(found(['node-09', 'node-091', 'node-109 dc=icn'], 'node-09')).toEqual(['node-09', 'node-091']);
  expect(found(['node-109', 'node-1'], 'nd09')).toEqual(['node-109']);
  expect(found(['gone-1 dc=fra env=prod role=db'], 'add')).toEqual([]);
});

test('without anything typed everything is found alike', () => {
  expect(matchScore('web-1', ' ')).toBe(0);
});

test('Korean is found like anything else', () => {
  expect(matchScore('서버 1호', '1호')).toBe(3);
  expect(matchScore('전체 호스트', '호트')).toBe(-1_003);
});

test('tags that were typed come first, so that they are not cut', () => {
  expect(matchedFirst(['dc=icn', 'env=prod', 'role=db'], 'web ROLE=d')).toEqual([
    'role=db',
    'dc=icn',
    'env=prod',
  ]);
  expect(matchedFirst(['dc=icn', 'env=prod'], ' ')).toEqual(['dc=icn', 'env=prod']);
});
