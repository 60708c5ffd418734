import type { HostState } from 'hostcast/snapshots';
import { texts } from '../texts.ts';

const shapes: Record<HostState, string> = { live: '●', delayed: '◐', stale: '▲', gone: '✕' };
const words: Record<HostState, string> = {
  live: texts.stateLive,
  delayed: texts.stateDelayed,
  stale: texts.stateStale,
  gone: texts.stateGone,
};

/** A host's state: a shape and a word, then a colour. `isQuiet` hides the word of a live host from the eye. */
export function State({ state, isQuiet = false }: { state: HostState; isQuiet?: boolean }) {
  return (
    <span class={`state state-${state}`} title={words[state]}>
      <span class="state-shape" aria-hidden="true">
        {shapes[state]}
      </span>
      <span class={isQuiet && state === 'live' ? 'visually-hidden' : 'state-word'}>{words[state]}</span>
    </span>
  );
}

/** The shape and word of a state, for sums of the fleet. */
export function stateText(state: HostState): { shape: string; word: string } {
  return { shape: shapes[state], word: words[state] };
}
