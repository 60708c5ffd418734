import { useLive } from '../live/live.ts';
import { cursorTime, fullTime } from '../times.ts';

/** A point in time: of the last day by the clock, of earlier ones with the date. */
export function Moment({ timeMs }: { timeMs: number }) {
  // Not a subscription to the clock that moves each second: which day it is can wait for the next push.
  const agoMs = useLive().serverMs.peek() - timeMs;
  return (
    <time class="conn-moment" dateTime={new Date(timeMs).toISOString()} title={fullTime(timeMs)}>
      {cursorTime(timeMs, agoMs)}
    </time>
  );
}
