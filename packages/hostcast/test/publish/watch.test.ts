import { describe, expect, it } from 'vitest';
import { Watch } from '../../src/publish/watch.ts';
import { FakeClock } from '../support/fakeClock.ts';

const everyHost = '/topic/hosts.*';
const none: ReadonlySet<string> = new Set();
const known: ReadonlySet<string> = new Set(['a', 'b']);

function makeWatch(): { watch: Watch; clock: FakeClock } {
  const clock = new FakeClock();
  return { watch: new Watch(clock, (pattern) => pattern === everyHost), clock };
}

describe('watched hosts', () => {
  it('are to be asked for at once by their first viewer only', () => {
    const { watch } = makeWatch();
    expect(watch.subscribed('/topic/hosts.a', known)).toEqual(['a']);
    expect(watch.subscribed('/topic/hosts.a', known)).toEqual([]);
    expect(watch.hosts(known)).toEqual(['a']);
  });

  it('are asked for until 5 min after their last viewer left', async () => {
    const { watch, clock } = makeWatch();
    watch.subscribed('/topic/hosts.a', known);
    watch.subscribed('/topic/hosts.a', known);
    watch.unsubscribed('/topic/hosts.a', known);
    await clock.advance(600_000);
    expect(watch.hosts(known)).toEqual(['a']);
    watch.unsubscribed('/topic/hosts.a', known);
    await clock.advance(300_000);
    expect(watch.hosts(known)).toEqual(['a']);
    await clock.advance(1);
    expect(watch.hosts(known)).toEqual([]);
  });

  it('stay when a viewer comes back within that time', async () => {
    const { watch, clock } = makeWatch();
    watch.subscribed('/topic/hosts.a', known);
    watch.unsubscribed('/topic/hosts.a', known);
    await clock.advance(299_000);
    expect(watch.subscribed('/topic/hosts.a', known)).toEqual([]);
    await clock.advance(600_000);
    expect(watch.hosts(known)).toEqual(['a']);
  });

  it('are all that a subscribed pattern matches, at once those that nobody watched', () => {
    const { watch } = makeWatch();
    watch.subscribed('/topic/hosts.a', known);
    expect(watch.subscribed(everyHost, known)).toEqual(['b']);
    expect(watch.hosts(known)).toEqual(['a', 'b']);
    expect(watch.hosts(new Set(['c']))).toEqual(['a', 'c']);
  });

  it('are not made by other destinations', () => {
    const { watch } = makeWatch();
    expect(watch.subscribed('/topic/hosts', known)).toEqual([]);
    expect(watch.subscribed('/topic/alerts.*', known)).toEqual([]);
    watch.unsubscribed('/topic/hosts.never', known);
    expect(watch.hosts(known)).toEqual([]);
  });
});

describe('hosts that the store does not know', () => {
  it('are asked for while somebody looks, and not a moment longer', () => {
    const { watch } = makeWatch();
    watch.subscribed('/topic/hosts.new', none);
    expect(watch.hosts(none)).toEqual(['new']);
    watch.unsubscribed('/topic/hosts.new', known);
    expect(watch.hosts(none)).toEqual([]);
  });

  it('are at most a hundred at a time', () => {
    const { watch } = makeWatch();
    for (let n = 0; n < 150; n += 1) watch.subscribed(`/topic/hosts.x${n}`, known);
    watch.subscribed('/topic/hosts.a', known);
    expect(watch.hosts(known)).toHaveLength(100 + 1);
    expect(watch.hosts(known)).toContain('a');
  });
});
