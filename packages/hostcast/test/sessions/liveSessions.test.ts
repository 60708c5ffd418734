import { describe, expect, it } from 'vitest';
import { setUp, subscribe } from '../support/sessions.ts';

describe('/topic/sessions', () => {
  it('is published at once, and then at most once a second however many come', async () => {
    const { clock, connect, totals } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(0);
    expect(totals(operator)).toEqual([1]);
    for (let i = 0; i < 50; i += 1) connect();
    await clock.advance(999);
    expect(totals(operator)).toEqual([1]);
    await clock.advance(1);
    expect(totals(operator)).toEqual([1, 51]);
  });

  it('is published every 5 s where nobody comes or goes: queues, round trips and rates change', async () => {
    const { clock, connect, totals } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(0);
    await clock.advance(4_999);
    expect(totals(operator)).toEqual([1]);
    await clock.advance(1);
    expect(totals(operator)).toEqual([1, 1]);
    await clock.advance(10_000);
    expect(totals(operator)).toEqual([1, 1, 1, 1]);
  });

  it('tells within a second that somebody was turned away', async () => {
    const { clock, connect, refuse, bodies } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(1_500);
    refuse('192.0.2.66');
    await clock.advance(0);
    expect(bodies(operator).at(-1)!.recent[0]).toMatchObject({ event: 'refused', address: '192.0.2.66' });
  });

  it('costs nothing while nobody looks', async () => {
    const { clock, connect, leave } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/sessions');
    await clock.advance(5_000);
    operator.sendFrame('UNSUBSCRIBE', { id: '0' });
    connect();
    expect(clock.timers).toBe(0);
    subscribe(connect(), '/topic/hosts');
    expect(clock.timers).toBe(0);
    await leave(operator);
    expect(clock.timers).toBe(0);
  });

  it('is published for who subscribed by a pattern', async () => {
    const { clock, connect, leave, totals } = setUp();
    const operator = connect();
    subscribe(operator, '/topic/**');
    await clock.advance(0);
    expect(totals(operator)).toEqual([1]);
    await leave(operator);
    connect();
    expect(clock.timers).toBe(0);
  });
});
