import { describe, expect, it } from 'vitest';
import { Watch } from '../../src/publish/watch.ts';
import { FakeClock } from '../support/fakeClock.ts';

function makeWatch(): { watch: Watch; clock: FakeClock } {
  const clock = new FakeClock();
  return { watch: new Watch(clock, (destination) => destination === '/topic/hosts.*'), clock };
}

describe('watched hosts', () => {
  it('are to be asked for at once by their first viewer only', () => {
    const { watch } = makeWatch();
    expect(watch.subscribed('/topic/hosts.a')).toBe('a');
    expect(watch.subscribed('/topic/hosts.a')).toBeNull();
    expect(watch.hosts([])).toEqual(['a']);
  });

  it('are asked for until 5 min after their last viewer left', async () => {
    const { watch, clock } = makeWatch();
    watch.subscribed('/topic/hosts.a');
    watch.subscribed('/topic/hosts.a');
    watch.unsubscribed('/topic/hosts.a');
    await clock.advance(600_000);
    expect(watch.hosts([])).toEqual(['a']);
    watch.unsubscribed('/topic/hosts.a');
    await clock.advance(300_000);
    expect(watch.hosts([])).toEqual(['a']);
    await clock.advance(1);
    expect(watch.hosts([])).toEqual([]);
  });

  it('stay when a viewer comes back within that time', async () => {
    const { watch, clock } = makeWatch();
    watch.subscribed('/topic/hosts.a');
    watch.unsubscribed('/topic/hosts.a');
    await clock.advance(299_000);
    expect(watch.subscribed('/topic/hosts.a')).toBeNull();
    await clock.advance(600_000);
    expect(watch.hosts([])).toEqual(['a']);
  });

  it('are all that are known while somebody subscribes to a pattern', () => {
    const { watch } = makeWatch();
    watch.subscribed('/topic/hosts.*');
    expect(watch.hosts(['a', 'b'])).toEqual(['a', 'b']);
    expect(watch.has('c')).toBe(true);
    watch.unsubscribed('/topic/hosts.*');
    expect(watch.hosts(['a', 'b'])).toEqual([]);
  });

  it('are not made by other destinations', () => {
    const { watch } = makeWatch();
    expect(watch.subscribed('/topic/hosts')).toBeNull();
    watch.unsubscribed('/topic/hosts.never');
    expect(watch.hosts(['a'])).toEqual([]);
  });
});
