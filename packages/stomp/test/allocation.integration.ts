import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

// Without a collection in between: 64 MB hold what is allocated in a round.
const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/** Octets that are allocated where a message of 2,000 octets is published to so many subscribers. */
function allocatedFor(subscribers: number): number {
  const script = join(import.meta.dirname, 'support/allocationProbe.mjs');
  return Number(
    execFileSync(process.execPath, [...flags, script, String(subscribers)], { encoding: 'utf8' }),
  );
}

test('a message is encoded where somebody gets it, and its deliveries to a thousand allocate nothing each', () => {
  const [nobody, one, thousand] = [allocatedFor(0), allocatedFor(1), allocatedFor(1_000)];
  expect(nobody).toBeGreaterThan(0);
  expect(one - nobody).toBeGreaterThan(2_000);
  // The least that an object takes are 16 octets.
  expect((thousand - one) / 999).toBeLessThan(8);
});
