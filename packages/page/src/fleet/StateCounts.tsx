import type { HostState } from 'hostcast/snapshots';
import { countText } from '../format.ts';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { stateText } from '../parts/State.tsx';
import { texts } from '../texts/texts.ts';
import { hostStates } from './view.ts';

interface StateCountsProps {
  readonly hosts: readonly HostRow[];
  /** Leaves out what is well, and the words. */
  readonly isQuiet?: boolean;
  /** What is chosen of them; they are buttons where it can be. */
  readonly chosen?: HostState | undefined;
  readonly choose?: (state: HostState | undefined) => void;
}

/** How many hosts are in which state: `● 39 live  ▲ 2 stale`; nothing while states are not known. */
export function StateCounts({ hosts, isQuiet = false, chosen, choose }: StateCountsProps) {
  if (useLive().isLate.value) return null;
  return hostStates.map((state) => {
    const count = hosts.filter((row) => row.state === state).length;
    if (count === 0 && state !== chosen) return null;
    if (isQuiet && state === 'live') return null;
    const { shape, word } = stateText(state);
    const face = (
      <>
        <span class="state-shape" aria-hidden="true">
          {shape}
        </span>{' '}
        {isQuiet ? countText(count) : texts.countOf(count, word)}
        {isQuiet ? <span class="visually-hidden"> {word}</span> : null}
      </>
    );
    const look = `state state-${state}`;
    if (!choose)
      return (
        <span key={state} class={look} title={word}>
          {face}
        </span>
      );
    return (
      <button
        key={state}
        type="button"
        class={`${look} state-choice`}
        aria-pressed={state === chosen}
        onClick={() => choose(state === chosen ? undefined : state)}
      >
        {face}
      </button>
    );
  });
}
