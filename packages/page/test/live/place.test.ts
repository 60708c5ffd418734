import { expect, test } from 'vitest';
import { leftOut, placeOf, resumeHeaders } from '../../src/live/place.ts';

test('a message says by two headers where it stands', () => {
  expect(placeOf({ epoch: 'a1', seq: '7', destination: '/topic/hosts' })).toEqual({ epoch: 'a1', seq: 7 });
  expect(placeOf({ destination: '/user/queue/notices' })).toBeUndefined();
});

test('numbers that are skipped are messages that were left out', () => {
  expect(leftOut({ epoch: 'a1', seq: 7 }, { epoch: 'a1', seq: 8 })).toBe(0);
  expect(leftOut({ epoch: 'a1', seq: 7 }, { epoch: 'a1', seq: 11 })).toBe(3);
});

test('nothing is known of what lies between two starts of the server', () => {
  expect(leftOut({ epoch: 'a1', seq: 7 }, { epoch: 'b2', seq: 9 })).toBe(0);
  expect(leftOut(undefined, { epoch: 'b2', seq: 9 })).toBe(0);
});

test('a subscription goes on where it stood, up to four minutes later', () => {
  expect(resumeHeaders({ epoch: 'a1', seq: 7 }, 0, 240_000)).toEqual({ epoch: 'a1', seq: '7' });
  expect(resumeHeaders({ epoch: 'a1', seq: 7 }, 0, 240_001)).toEqual({});
  expect(resumeHeaders(undefined, 0, 0)).toEqual({});
});
