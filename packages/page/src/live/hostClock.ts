import { clockOffMs } from './age.ts';
import type { Live } from './live.ts';

/** How far a host's time axis is ahead of the server's clock, ms, so that the newest data stand at its end. */
export function hostAheadMs({ fleet }: Pick<Live, 'fleet'>, host: string): number {
  const skewMs = fleet.peek()?.hosts.find((row) => row.host === host)?.skewMs;
  // Of a clock that is little behind only the end of the axis stays empty, and that from time to time: it would jump.
  return Math.max(skewMs ?? 0, clockOffMs(skewMs));
}

/** Now on a host's time axis, epoch ms. */
export function hostNowMs(live: Live, host: string): number {
  return live.clock.serverMs(Date.now()) + hostAheadMs(live, host);
}
