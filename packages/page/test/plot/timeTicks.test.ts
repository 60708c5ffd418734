import { describe, expect, it } from 'vitest';
import { timeTicks } from '../../src/plot/timeTicks.ts';

const hourMs = 3_600_000;
const at = (text: string): number => Date.parse(text);
const utc = (): number => 0;
const texts = (times: readonly number[]): string[] =>
  times.map((time) => new Date(time).toISOString().slice(5, 16));

describe('the ticks of a time axis', () => {
  it('stand at full minutes, as many as there is room for', () => {
    const range = { fromMs: at('2026-11-23T10:00:03Z'), toMs: at('2026-11-23T10:15:03Z') };
    const { times, stepMs } = timeTicks(range, 8, utc);
    expect(stepMs).toBe(120_000);
    expect(texts(times)).toEqual([
      '11-23T10:02',
      '11-23T10:04',
      '11-23T10:06',
      '11-23T10:08',
      '11-23T10:10',
      '11-23T10:12',
      '11-23T10:14',
    ]);
  });

  it('stand at midnight of the wall, not of UTC', () => {
    const seoul = (): number => 9 * hourMs;
    const range = { fromMs: at('2026-11-20T00:00:00Z'), toMs: at('2026-11-22T00:00:00Z') };
    expect(texts(timeTicks(range, 2, seoul).times)).toEqual(['11-20T15:00', '11-21T15:00']);
  });

  it('stay at the hours of the wall where clocks go back', () => {
    const change = at('2026-10-25T01:00:00Z');
    const berlin = (time: number): number => (time < change ? 2 : 1) * hourMs;
    const range = { fromMs: at('2026-10-24T16:00:00Z'), toMs: at('2026-10-25T12:00:00Z') };
    expect(texts(timeTicks(range, 4, berlin).times)).toEqual([
      '10-24T16:00',
      '10-24T22:00',
      '10-25T05:00',
      '10-25T11:00',
    ]);
  });

  it('are ascending and never end in a loop, however short or long the range', () => {
    for (const lengthMs of [1, 999, 60_000, hourMs, 400 * 24 * hourMs, 20_000 * 24 * hourMs]) {
      const fromMs = at('2026-01-01T00:00:00.123Z');
      const { times } = timeTicks({ fromMs, toMs: fromMs + lengthMs }, 9, utc);
      expect(times.length).toBeLessThanOrEqual(10);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    }
  });
});
