import { afterEach, describe, expect, test } from 'vitest';
import { language } from '../src/texts/texts.ts';
import {
  chooseTimeZone,
  cursorTime,
  fullTime,
  hoursChoice,
  readWallText,
  timeAxisTexts,
  timeZone,
  wallMs,
  wallText,
} from '../src/times.ts';

const hourMs = 3_600_000;
const nearMidnight = Date.UTC(2026, 10, 22, 23, 30);

afterEach(() => {
  language.value = 'en';
  hoursChoice.value = '24';
  chooseTimeZone('local');
});

describe('times as they are told', () => {
  test('are those of the chosen zone', () => {
    chooseTimeZone('Asia/Seoul');
    expect(fullTime(nearMidnight)).toBe('23 Nov 2026, 08:30:00');
    chooseTimeZone('UTC');
    expect(fullTime(nearMidnight)).toBe('22 Nov 2026, 23:30:00');
  });

  test('count hours to 12 where that was chosen', () => {
    chooseTimeZone('UTC');
    hoursChoice.value = '12';
    expect(cursorTime(nearMidnight, hourMs)).toBe('11:30:00 pm');
  });

  test('are written as the language writes them', () => {
    chooseTimeZone('UTC');
    language.value = 'ko';
    expect(cursorTime(nearMidnight, 48 * hourMs)).toBe('11월 22일, 23:30');
  });

  test('stay as they are for a zone that there is not', () => {
    chooseTimeZone('Middle/Earth');
    expect(timeZone.value).toBe('local');
  });
});

describe('a time axis', () => {
  test('has the date where a day of the zone begins', () => {
    chooseTimeZone('Asia/Seoul');
    const ticks = [-1, 0, 1].map((hours) => Date.UTC(2026, 10, 22, 15 + hours));
    expect(timeAxisTexts(ticks, hourMs)).toEqual(['23:00', '23 Nov', '01:00']);
  });

  test('has seconds where its ticks are that near', () => {
    chooseTimeZone('UTC');
    expect(timeAxisTexts([nearMidnight + 15_000], 15_000)).toEqual(['23:30:15']);
  });
});

test('what the clocks of a zone say is a multiple of a day at its midnight, before and after 1970', () => {
  chooseTimeZone('Asia/Kolkata');
  const midnight = Date.UTC(2026, 10, 22, 18, 30);
  expect(wallMs(midnight + 250)).toBe(Date.UTC(2026, 10, 23) + 250);
  expect(wallMs(-19_800_001)).toBe(-1);
});

test('a field for date and time says the shown zone’s, and is read as that, also where clocks are put back', () => {
  chooseTimeZone('Asia/Seoul');
  const time = Date.UTC(2026, 10, 23, 0, 30);
  expect(wallText(time)).toBe('2026-11-23T09:30:00');
  expect(readWallText('2026-11-23T09:30')).toBe(time);
  chooseTimeZone('Europe/Berlin');
  for (const [day, hour] of [
    [25, 0],
    [24, 23],
    [25, 2],
  ] as const) {
    const nearChange = Date.UTC(2026, 9, day, hour, 15);
    expect(wallText(readWallText(wallText(nearChange)))).toBe(wallText(nearChange));
  }
  expect(readWallText('')).toBeNaN();
});
