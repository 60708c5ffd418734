import { describe, expect, it } from 'vitest';
import { Cost } from '../../src/sessions/cost.ts';
import { FakeClock } from '../support/fakeClock.ts';

function setUp() {
  const clock = new FakeClock();
  const spent = { queries: 0, messages: 0, bytes: 0, cpuMs: 0 };
  const cost = new Cost({ clock, spent: () => spent });
  /** So many ticks, 10 s apart, each with two questions and ten messages. */
  const tick = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      await clock.advance(10_000);
      spent.queries += 2;
      spent.messages += 10;
      spent.bytes += 1_000;
      spent.cpuMs += 100;
      cost.ticked();
    }
  };
  return { clock, spent, cost, tick };
}

describe('the cost', () => {
  it('is told as rates from the start, and then of the last minute', async () => {
    const { cost, spent, tick } = setUp();
    const steady = { queriesPerSecond: 0.2, messagesPerSecond: 1, bytesPerSecond: 100, cpuPercent: 1 };
    await tick(1);
    expect(cost.rates()).toEqual(steady);
    spent.messages += 6_000; // a burst, which is forgotten after a minute
    await tick(1);
    expect(cost.rates().messagesPerSecond).toBe(6_020 / 20);
    await tick(7);
    expect(cost.rates()).toEqual(steady);
  });

  it('is not made much of in the first moment', async () => {
    const { cost, spent, clock } = setUp();
    spent.messages = 3;
    await clock.advance(10);
    expect(cost.rates().messagesPerSecond).toBe(3);
  });

  it('tells the last round of queries and what 95 % of the last 100 took at most', () => {
    const { cost } = setUp();
    expect(cost.rounds).toEqual({ lastMs: null, p95Ms: null });
    cost.round(5_000); // too long ago in the end
    for (let i = 1; i <= 100; i += 1) cost.round(i);
    expect(cost.rounds).toEqual({ lastMs: 100, p95Ms: 95 });
  });
});
