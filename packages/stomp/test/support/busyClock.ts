import { systemClock } from '@hostcast/stomp';

/** A machine on which every look at the clock finds another millisecond gone. */
export function busyClock(): typeof systemClock {
  let ms = 0;
  return { ...systemClock, monotonicMs: () => (ms += 1) };
}
