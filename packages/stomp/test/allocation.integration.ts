import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// Without a collection in between: 64 MB hold what is allocated in a round.
const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

const bodyBytes = 10_000;

/** Octets that are allocated where a message of `bodyBytes` is published to so many subscribers over WebSockets. */
function allocatedFor(subscribers: number): number {
  const script = join(import.meta.dirname, 'support/allocationProbe.mjs');
  return Number(
    execFileSync(process.execPath, [...flags, script, String(subscribers)], { encoding: 'utf8' }),
  );
}

/** The middle one of three processes. */
function usuallyAllocatedFor(subscribers: number): number {
  const three = [allocatedFor(subscribers), allocatedFor(subscribers), allocatedFor(subscribers)];
  return three.toSorted((a, b) => a - b)[1] ?? NaN;
}

test('a message is encoded where somebody gets it, and its deliveries to a thousand allocate nothing each', () => {
  const [nobody, one, thousand] = [
    usuallyAllocatedFor(0),
    usuallyAllocatedFor(1),
    usuallyAllocatedFor(1_000),
  ];
  // The message, its headers and its way through the broker: measured, 3,000.
  expect(nobody).toBeGreaterThan(0);
  expect(nobody).toBeLessThan(bodyBytes / 2);
  expect(one - nobody).toBeGreaterThan(bodyBytes);
  expect(one - nobody).toBeLessThan(2 * bodyBytes);
  // The least that an object takes are 16 octets. Below zero there was a collection in between, which hides what there is.
  const each = (thousand - one) / 999;
  expect(each).toBeGreaterThan(-8);
  expect(each).toBeLessThan(8);
});
