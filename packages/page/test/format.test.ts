import { describe, expect, test } from 'vitest';
import {
  ageText,
  axisText,
  countText,
  durationText,
  networkRates,
  networkUnit,
  siTimeWords,
  tellTimesIn,
  valueText,
} from '../src/format.ts';

const thin = '\u202f';

describe('a value in its unit', () => {
  test.each([
    [12.54, 'percent', `12.5${thin}%`],
    [99.97, 'percent', `100${thin}%`],
    [0, 'bytes', `0${thin}B`],
    [1023, 'bytes', `1023${thin}B`],
    [4_090_000_000, 'bytes', `3.81${thin}GiB`],
    [1_048_576, 'bytesPerSecond', `1.05${thin}MB/s`],
    [999.9, 'bytesPerSecond', `1.00${thin}kB/s`],
    [12, 'bytesPerSecond', `12${thin}B/s`],
    [125_000, 'bytesPerSecond', `125${thin}kB/s`],
    [1_000_000, 'bitsPerSecond', `1.00${thin}Mbit/s`],
    [1_234, 'perSecond', `1.23${thin}k/s`],
    [0.4, 'load', '0.40'],
    [321, 'count', '321'],
    [12_345, 'count', `12.3${thin}k`],
    [2.5, 'number', '2.50'],
    [0.0004, 'number', '0.00040'],
    [2.5e-7, 'number', '2.5e-7'],
    [999.4e15, 'number', `999${thin}P`],
    [1.2e18, 'number', `1.20${thin}E`],
    [1e300, 'number', '1e300'],
    [-2.345e21, 'count', '-2.35e21'],
    [1e300, 'bytes', `1e300${thin}B`],
    [1.5e25, 'bytesPerSecond', `1.5e25${thin}B/s`],
    [1e300, 'percent', `1e300${thin}%`],
    [123_456_789, 'load', '1.23e8'],
  ] as const)('%d as %s is %s', (value, unit, text) => {
    expect(valueText(value, unit)).toBe(text);
  });

  test('that is not known is a dash', () => {
    expect(valueText(null, 'percent')).toBe('–');
  });
});

test('axes leave out digits that only say zero', () => {
  expect([axisText(0, 'bytes'), axisText(2 ** 31, 'bytes'), axisText(25, 'percent')]).toEqual([
    '0',
    `2${thin}GiB`,
    `25${thin}%`,
  ]);
  expect([axisText(5e299, 'number'), axisText(1.2e30, 'bytes'), axisText(0.0005, 'number')]).toEqual([
    '5e299',
    `1.2e30${thin}B`,
    '0.0005',
  ]);
  expect([axisText(0.5, 'load'), axisText(2_500_000, 'bytesPerSecond')]).toEqual(['0.5', `2.5${thin}MB`]);
  expect([
    axisText(1e8, 'bitsPerSecond'),
    axisText(4, 'bitsPerSecond'),
    axisText(8_000, 'perSecond'),
  ]).toEqual([`100${thin}Mb`, `4${thin}b`, `8${thin}k/s`]);
});

test.each([
  [1_999, `1${thin}s`],
  [59_999, `59${thin}s`],
  [180_000, `3${thin}min`],
  [7_200_000, `2${thin}h`],
  [41 * 86_400_000, `41${thin}d`],
])('an age of %d ms is %s', (ms, text) => {
  expect(ageText(ms)).toBe(text);
});

test.each([
  [5_000, `5${thin}s`],
  [720_000, `12${thin}min`],
  [11_520_000, `3${thin}h 12${thin}min`],
  [(41 * 24 + 3) * 3_600_000, `41${thin}d 3${thin}h`],
  [86_400_000, `1${thin}d`],
])('a duration of %d ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('ages and durations are told in the words of the language that is shown', () => {
  tellTimesIn({ s: '초', min: '분', h: '시간', d: '일' });
  expect([ageText(20_000), durationText((41 * 24 + 3) * 3_600_000)]).toEqual(['20초', '41일 3시간']);
  tellTimesIn(siTimeWords);
});

test('networks are told in bytes, or in bits where that was chosen', () => {
  expect(networkUnit()).toEqual({ unit: 'bytesPerSecond', scale: 1 });
  networkRates.value = 'bits';
  expect(networkUnit()).toEqual({ unit: 'bitsPerSecond', scale: 8 });
  networkRates.value = 'bytes';
});

test('counts have separators between thousands', () => {
  expect([7, 1_000, 1_234_567].map(countText)).toEqual(['7', '1,000', '1,234,567']);
});
