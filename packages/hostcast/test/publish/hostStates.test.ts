import { describe, expect, it } from 'vitest';
import { HostStates } from '../../src/publish/hostStates.ts';

const t0 = 1_795_305_600_000;

/** A host that sent every `spacingMs` until monotonic time 0, its newest timestamp then being `t0`. */
function statesOf(spacingMs: number, clockErrorMs = 0): HostStates {
  const states = new HostStates(10_000);
  for (let i = 5; i >= 0; i -= 1) {
    const ms = -i * spacingMs;
    const seen = { newestMs: t0 + ms + clockErrorMs, spacingMs };
    states.observe('web-1', seen, { nowMs: t0 + ms + 2_000, monotonicMs: ms });
  }
  return states;
}

function seen(newestMs: number, spacingMs = 10_000): { newestMs: number; spacingMs: number } {
  return { newestMs, spacingMs };
}

describe('the state of a host', () => {
  it.each([
    [0, 'live'],
    [25_000, 'live'],
    [25_001, 'delayed'],
    [35_000, 'delayed'],
    [35_001, 'stale'],
    [300_000, 'stale'],
    [300_001, 'gone'],
  ])('that sends every 10 s is after %i ms of silence %s', (silentMs, state) => {
    expect(statesOf(10_000).of('web-1', silentMs).state).toBe(state);
  });

  it.each([
    [125_000, 'live'],
    [125_001, 'delayed'],
    [185_001, 'stale'],
  ])('that sends every minute is after %i ms of silence %s', (silentMs, state) => {
    expect(statesOf(60_000).of('web-1', silentMs).state).toBe(state);
  });

  it('is judged anew when its clock, which was ahead, was set right', () => {
    const states = statesOf(10_000, 1_800_000);
    const at = (ms: number) => ({ nowMs: t0 + ms, monotonicMs: ms });
    states.observe('web-1', seen(t0 + 10_000), at(10_000));
    expect(states.of('web-1', 400_000).state).toBe('gone');
    states.observe('web-1', seen(t0 + 400_000), at(400_000));
    expect(states.of('web-1', 400_000)).toEqual({ state: 'live', seenMs: t0 + 400_000, skewMs: 0 });
  });

  it('does not become live by older data, where its clock was not ahead', () => {
    const states = statesOf(10_000);
    states.observe('web-1', seen(t0 - 60_000), { nowMs: t0 + 40_000, monotonicMs: 40_000 });
    expect(states.of('web-1', 40_000)).toMatchObject({ state: 'stale', seenMs: t0 });
  });

  it('does not become live by asking again for the same data', () => {
    const states = statesOf(10_000);
    states.observe('web-1', seen(t0), { nowMs: t0 + 40_000, monotonicMs: 40_000 });
    expect(states.of('web-1', 40_000).state).toBe('stale');
  });

  it('is judged by our monotonic clock, whatever ours or its wall clock says', () => {
    const states = statesOf(10_000);
    states.observe('web-1', seen(t0 + 10_000), { nowMs: t0 - 3_600_000, monotonicMs: 10_000 });
    expect(states.of('web-1', 12_000).state).toBe('live');
  });

  it('starts as old as its newest data when the server starts', () => {
    const states = new HostStates(10_000);
    states.observe('web-1', seen(t0 - 60_000), { nowMs: t0, monotonicMs: 5_000 });
    expect(states.of('web-1', 5_000)).toEqual({ state: 'stale', seenMs: t0 - 60_000, skewMs: null });
  });

  it('is gone with no time where nothing was ever seen', () => {
    expect(new HostStates(10_000).of('web-9', 0)).toEqual({ state: 'gone', seenMs: null, skewMs: null });
  });

  it('is judged by its spacing from the first look on', () => {
    const states = new HostStates(10_000);
    states.observe('web-1', seen(t0 - 60_000, 60_000), { nowMs: t0, monotonicMs: 0 });
    expect(states.of('web-1', 0).state).toBe('live');
  });

  it('is not thrown off by a long silence that was the first thing seen of it', () => {
    const states = new HostStates(10_000);
    states.observe('web-1', seen(t0, 3_600_000), { nowMs: t0, monotonicMs: 0 });
    expect(states.expectedMs('web-1')).toBe(10_000);
  });

  it('is not thrown off by one long outage', () => {
    const states = statesOf(10_000);
    states.observe('web-1', seen(t0 + 3_600_000, 3_600_000), {
      nowMs: t0 + 3_602_000,
      monotonicMs: 3_600_000,
    });
    expect(states.expectedMs('web-1')).toBe(10_000);
  });
});

describe('the clock of a host', () => {
  it('is called right when its data is as old as flushing explains', () => {
    expect(statesOf(10_000).of('web-1', 0).skewMs).toBe(0);
  });

  it('is called ahead when its data comes from the future', () => {
    expect(statesOf(10_000, 60_000).of('web-1', 0).skewMs).toBe(58_000);
  });

  it('is called behind when all its data is older than a flush and an interval', () => {
    expect(statesOf(10_000, -120_000).of('web-1', 0).skewMs).toBe(-122_000);
  });

  it('is not called behind for one batch that came late', () => {
    const states = new HostStates(10_000);
    states.observe('web-1', seen(t0 - 600_000), { nowMs: t0, monotonicMs: 0 });
    states.observe('web-1', seen(t0 - 360_000), { nowMs: t0, monotonicMs: 0 });
    expect(states.of('web-1', 0)).toMatchObject({ state: 'live', seenMs: t0 - 360_000, skewMs: null });
  });

  it('is not called behind while it catches up', () => {
    const states = new HostStates(10_000);
    for (const [tick, lateMs] of [600_000, 500_000, 400_000, 300_000, 200_000, 100_000].entries()) {
      const nowMs = t0 + tick * 10_000;
      states.observe('web-1', seen(nowMs - lateMs), { nowMs, monotonicMs: tick * 10_000 });
    }
    expect(states.of('web-1', 50_000).skewMs).toBeNull();
  });
});
