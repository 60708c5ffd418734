import type { EndReason, SessionEvent } from 'hostcast/sessions';

/** How many of the log are pushed. */
export const pushedEvents = 100;
const keptEvents = 1_000;

/** Ends that are as they should be: not everybody who closes says goodbye. */
const goodEnds: ReadonlySet<EndReason | undefined> = new Set(['client', 'socket', 'shutdown']);

/**
 * What is known of the log, the newest first: what was pushed, before what was known earlier. Where the two do not
 * meet, because more happened in between than is pushed, only what was pushed: no silent gap.
 */
export function joinLog(
  known: readonly SessionEvent[],
  pushed: readonly SessionEvent[],
): readonly SessionEvent[] {
  const keys = new Set(pushed.map(keyOf));
  const older = known.filter((event) => !keys.has(keyOf(event)));
  // A refusal that is repeated moves up, so it says nothing of where the two meet.
  const doMeet = known.some((event) => event.event !== 'refused' && keys.has(keyOf(event)));
  if (pushed.length >= pushedEvents && !doMeet) return pushed;
  return [...pushed, ...older].slice(0, keptEvents);
}

/** Tells the entries of the log apart. */
export function keyOf({ event, session, address, detail }: SessionEvent): string {
  return event === 'refused' ? `refused ${address} ${detail}` : `${event} ${session}`;
}

/** Whether somebody should perhaps look into it. */
export function wentWrong({ event, reason }: SessionEvent): boolean {
  return event === 'refused' || (event === 'disconnect' && !goodEnds.has(reason));
}
