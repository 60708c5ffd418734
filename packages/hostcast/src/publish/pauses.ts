import { setImmediate as nextTurn } from 'node:timers/promises';

/** Work longer than this lets others have their turn. */
const sliceMs = 3;

/** A function to be called between steps of long work: it waits for a turn of the event loop when it is time to. */
export function pauses(): () => Promise<void> | undefined {
  let startedMs = performance.now();
  return () => {
    if (performance.now() - startedMs < sliceMs) return undefined;
    return nextTurn().then(() => {
      startedMs = performance.now();
    });
  };
}
