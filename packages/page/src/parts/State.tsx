import { useLive } from '../live/live.ts';
import type { KnownState } from '../live/snapshots.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';
import { hostPath } from './hostPath.ts';

const shapes: Record<KnownState, string> = { live: '●', delayed: '◐', stale: '▲', gone: '✕', unknown: '◌' };

function wordOf(state: KnownState): string {
  switch (state) {
    case 'live':
      return texts.stateLive;
    case 'delayed':
      return texts.stateDelayed;
    case 'stale':
      return texts.stateStale;
    case 'gone':
      return texts.stateGone;
    case 'unknown':
      return texts.stateUnknown;
  }
}

/** The state of a row as far as it is known now: not while snapshots don't come. */
export function useShownState(state: KnownState): KnownState {
  return useLive().isLate.value ? 'unknown' : state;
}

/** A host's state: a shape and a word, then a colour. */
export function State({ state }: { state: KnownState }) {
  return (
    <span class={`state state-${state}`}>
      <span class="state-shape" aria-hidden="true">
        {shapes[state]}
      </span>{' '}
      {wordOf(state)}
    </span>
  );
}

/**
 * The link to a host between its state's shape and word; that it is live goes without saying to the eye, as does
 * what the whole fleet has in common while states are not known.
 */
export function HostLink({ host, state }: { host: string; state: KnownState }) {
  const isQuiet = state === 'live' || state === 'unknown';
  return (
    <>
      <span class={`state state-${state}`} title={wordOf(state)}>
        <span class="state-shape" aria-hidden="true">
          {shapes[state]}
        </span>
      </span>
      <a class="host-link" href={hostPath(host)} title={visibleText(host)}>
        <Name text={host} />
      </a>
      <span class={isQuiet ? 'visually-hidden' : `state state-${state}`}>{wordOf(state)}</span>
    </>
  );
}

/** The shape and word of a state, for sums of the fleet. */
export function stateText(state: KnownState): { shape: string; word: string } {
  return { shape: shapes[state], word: wordOf(state) };
}
