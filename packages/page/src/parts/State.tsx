import type { HostState } from 'hostcast/snapshots';
import { texts } from '../texts.ts';
import { hostPath } from './hostPath.ts';

const shapes: Record<HostState, string> = { live: '●', delayed: '◐', stale: '▲', gone: '✕' };
const words: Record<HostState, string> = {
  live: texts.stateLive,
  delayed: texts.stateDelayed,
  stale: texts.stateStale,
  gone: texts.stateGone,
};

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

/** The link to a host between its state's shape and word; that it is live goes without saying to the eye. */
export function HostLink({ host, state }: { host: string; state: HostState }) {
  return (
    <>
      <span class={`state state-${state}`} title={words[state]}>
        <span class="state-shape" aria-hidden="true">
          {shapes[state]}
        </span>
      </span>
      <a class="host-link" href={hostPath(host)} title={host}>
        {host}
      </a>
      <span class={state === 'live' ? 'visually-hidden' : `state state-${state}`}>{words[state]}</span>
    </>
  );
}

/** The shape and word of a state, for sums of the fleet. */
export function stateText(state: HostState): { shape: string; word: string } {
  return { shape: shapes[state], word: words[state] };
}
