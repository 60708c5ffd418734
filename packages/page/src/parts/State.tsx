import type { HostState } from 'hostcast/snapshots';
import { useLive } from '../live/live.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts.ts';
import { hostPath } from './hostPath.ts';

/** A state as it can be shown: not known while snapshots don't come. */
export type ShownState = HostState | 'unknown';

const shapes: Record<ShownState, string> = { live: '●', delayed: '◐', stale: '▲', gone: '✕', unknown: '◌' };
const words: Record<ShownState, string> = {
  live: texts.stateLive,
  delayed: texts.stateDelayed,
  stale: texts.stateStale,
  gone: texts.stateGone,
  unknown: texts.stateUnknown,
};

/** The state of a row as far as it is known now. */
export function useShownState(state: HostState): ShownState {
  return useLive().isLate.value ? 'unknown' : state;
}

/** A host's state: a shape and a word, then a colour. */
export function State({ state }: { state: HostState }) {
  return (
    <span class={`state state-${state}`}>
      <span class="state-shape" aria-hidden="true">
        {shapes[state]}
      </span>{' '}
      {words[state]}
    </span>
  );
}

/**
 * The link to a host between its state's shape and word; that it is live goes without saying to the eye, as does
 * what the whole fleet has in common while states are not known.
 */
export function HostLink({ host, state }: { host: string; state: ShownState }) {
  const isQuiet = state === 'live' || state === 'unknown';
  return (
    <>
      <span class={`state state-${state}`} title={words[state]}>
        <span class="state-shape" aria-hidden="true">
          {shapes[state]}
        </span>
      </span>
      <a class="host-link" href={hostPath(host)} title={visibleText(host)}>
        <Name text={host} />
      </a>
      <span class={isQuiet ? 'visually-hidden' : `state state-${state}`}>{words[state]}</span>
    </>
  );
}

/** The shape and word of a state, for sums of the fleet. */
export function stateText(state: HostState): { shape: string; word: string } {
  return { shape: shapes[state], word: words[state] };
}
