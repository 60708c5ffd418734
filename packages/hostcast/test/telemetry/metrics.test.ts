import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/store/metricStore.ts';
import { countedStore } from '../../src/telemetry/countedStore.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { parseExposition } from '../support/exposition.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';

async function read(metrics: Metrics, name: string, sample: string): Promise<number | undefined> {
  return parseExposition(await metrics.text())
    .get(name)
    ?.samples.get(sample);
}

describe('the metrics', () => {
  it('count the questions that the store did not answer, by kind', async () => {
    const metrics = new Metrics({ clock: new FakeClock(), version: '1.2.3' });
    const memory = new MemoryStore();
    const store = countedStore(memory, (kind) => metrics.countQueryError(kind));
    const errors = (kind: string) =>
      read(metrics, 'hostcast_query_errors_total', `hostcast_query_errors_total{kind="${kind}"}`);
    expect(await store.hosts()).toEqual([]);
    expect(await errors('unavailable')).toBe(0);
    memory.failure = new StoreError('ERR_STORE_UNAVAILABLE', 'gone');
    await expect(store.hosts()).rejects.toThrow('gone');
    await expect(store.latest([])).rejects.toThrow('gone');
    memory.failure = new StoreError('ERR_STORE_OVERLOADED', 'busy');
    await expect(store.hosts()).rejects.toThrow('busy');
    expect(await errors('unavailable')).toBe(2);
    expect(await errors('overloaded')).toBe(1);
  });

  it('of two servers in a process do not mix, and stop with their server', async () => {
    const clock = new FakeClock();
    const [one, two] = [new Metrics({ clock, version: '1' }), new Metrics({ clock, version: '2' })];
    one.observeTick({ tookMs: 90, ageMs: 95 });
    one.observeTick({ tookMs: 30, ageMs: 40 });
    const ticks = 'hostcast_tick_duration_seconds';
    expect(await read(one, ticks, `${ticks}_count`)).toBe(2);
    const newest = 'hostcast_last_tick_seconds';
    expect(await read(one, newest, newest)).toBe(0.03);
    expect(await read(one, ticks, `${ticks}_bucket{le="0.025"}`)).toBe(0);
    expect(await read(one, ticks, `${ticks}_bucket{le="0.05"}`)).toBe(1);
    expect(await read(two, ticks, `${ticks}_count`)).toBe(0);
    expect(clock.timers).toBe(2);
    one.close();
    two.close();
    expect(clock.timers).toBe(0);
  });

  it('measure how late timers come', async () => {
    const clock = new FakeClock();
    const metrics = new Metrics({ clock, version: '1' });
    await clock.advance(1_600);
    const lag = 'hostcast_event_loop_lag_seconds';
    expect(await read(metrics, lag, `${lag}_count`)).toBe(3);
    expect(await read(metrics, lag, `${lag}_sum`)).toBe(0);
  });
});
