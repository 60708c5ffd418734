import { vi } from 'vitest';

/** Waits until a check no longer throws, however slow the machine is. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, 20_000);
}
