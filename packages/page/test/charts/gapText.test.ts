import { afterEach, beforeEach, expect, test } from 'vitest';
import { gapText } from '../../src/charts/gapText.ts';
import { chooseTimeZone } from '../../src/times.ts';

const start = Date.UTC(2026, 10, 23, 9, 30);
const minuteMs = 60_000;
const times = [0, 1, 4, 5].map((minute) => start + minute * minuteMs);

function shownWith(uptime: (number | null)[], silence = '') {
  const columns = new Map([['system', new Map([['', new Map([['uptime', uptime]])]])]]);
  return { fromMs: start, toMs: start + 10 * minuteMs, times, columns, silence };
}

function at(minute: number): number {
  return start + minute * minuteMs;
}

beforeEach(() => chooseTimeZone('UTC'));
afterEach(() => chooseTimeZone('local'));

test('a gap says from when to when there is nothing', () => {
  const shown = shownWith([900, 960, 1_140, 1_200]);
  expect(gapText([at(1), at(4)], shown)).toBe('No data 09:31:00 – 09:34:00 (3\u202fmin).');
  expect(gapText([at(1), at(4)], { ...shown, columns: new Map() })).toBe(
    'No data 09:31:00 – 09:34:00 (3\u202fmin).',
  );
});

test('a gap after which the host was up for less than it lasted says that it was restarted', () => {
  const shown = shownWith([900, 960, 20, 80]);
  expect(gapText([at(1), at(4)], shown)).toBe('restarted · No data 09:31:00 – 09:34:00 (3\u202fmin).');
});

test('the newest gap says since when, and why nothing comes where that is known', () => {
  const gap = [at(5), at(10)] as const;
  expect(gapText(gap, shownWith([1, 2, 3, 4], 'gone'))).toBe('gone · No data since 09:35:00 (5\u202fmin).');
  expect(gapText(gap, shownWith([1, 2, 3, 4]))).toBe('No data since 09:35:00 (5\u202fmin).');
});
