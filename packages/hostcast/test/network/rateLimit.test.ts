import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLoginLimit, createRateLimit, retryAfter } from '../../src/network/rateLimit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets so many a minute go on, and says of the next one when to come again', async () => {
  const limit = createRateLimit({ perMinute: 2 });
  expect(await limit.take('192.0.2.1')).toBe(0);
  vi.advanceTimersByTime(20_000);
  expect(await limit.take('192.0.2.1')).toBe(0);
  expect(await limit.take('192.0.2.1')).toBe(40_000);
  expect(await limit.take('192.0.2.2')).toBe(0);
  vi.advanceTimersByTime(40_000);
  expect(await limit.take('192.0.2.1')).toBe(0);
});

it('does not count anew what it counts already because others have come', async () => {
  const limit = createRateLimit({ perMinute: 1 });
  await limit.take('192.0.2.1');
  vi.advanceTimersByTime(60_000);
  expect(await limit.take('192.0.2.1')).toBe(0);
  expect(await limit.take('192.0.2.2')).toBe(0);
  expect(await limit.take('192.0.2.1')).toBe(60_000);
});

it('counts an IPv6 network /64 as one address', async () => {
  const limit = createRateLimit({ perMinute: 1 });
  expect(await limit.take('2001:db8::1')).toBe(0);
  expect(await limit.take('2001:db8::ffff:2')).toBe(60_000);
  expect(await limit.take('2001:db8:0:1::1')).toBe(0);
});

it('remembers no more than its share of a hundred thousand addresses', async () => {
  const limit = createRateLimit({ perMinute: 1, keys: 1_000 });
  for (let n = 0; n < 100_000; n++) await limit.take(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
  expect(vi.getTimerCount()).toBe(1_000);
  expect(await limit.take('10.1.134.159')).toBe(60_000); // the newest is remembered
  expect(await limit.take('10.0.0.0')).toBe(0); // the oldest is not
});

it('limits logins by address and name, and by address whatever names it tries', async () => {
  const limit = createLoginLimit({ loginsPerMinute: 2 });
  expect(await limit.take('192.0.2.1', 'kim')).toBe(0);
  expect(await limit.take('192.0.2.1', 'kim')).toBe(0);
  expect(await limit.take('192.0.2.1', 'kim')).toBe(60_000);
  expect(await limit.take('192.0.2.2', 'kim')).toBe(0); // nobody can lock kim out from elsewhere
  for (let n = 0; n < 9; n++) expect(await limit.take('192.0.2.1', `name ${n}`)).toBe(0);
  expect(await limit.take('192.0.2.1', 'name 9')).toBe(60_000);
});

it('does not count what was no guess', async () => {
  const limit = createLoginLimit({ loginsPerMinute: 1 });
  for (let n = 0; n < 20; n++) {
    expect(await limit.take('192.0.2.1', 'kim')).toBe(0);
    await limit.giveBack('192.0.2.1', 'kim');
  }
  expect(await limit.take('192.0.2.1', 'kim')).toBe(0);
  expect(await limit.take('192.0.2.1', 'kim')).toBe(60_000);
});

it('tells long names apart without keeping them', async () => {
  const limit = createRateLimit({ perMinute: 1 });
  const name = 'x'.repeat(100_000);
  expect(await limit.take('192.0.2.1', `${name}a`)).toBe(0);
  expect(await limit.take('192.0.2.1', `${name}b`)).toBe(0);
  expect(await limit.take('192.0.2.1', `${name}a`)).toBe(60_000);
});

it('rounds the time to come again up to whole seconds', () => {
  expect([retryAfter(1), retryAfter(1_000), retryAfter(1_001)]).toEqual(['1', '1', '2']);
});
