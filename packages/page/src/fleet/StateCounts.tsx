import type { HostState } from 'hostcast/snapshots';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { stateText } from '../parts/State.tsx';
import { Count } from './Count.tsx';
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
    return (
      <Count
        key={state}
        count={count}
        shape={shape}
        word={word}
        look={`state-${state}`}
        isQuiet={isQuiet}
        isChosen={state === chosen}
        choose={choose && (() => choose(state === chosen ? undefined : state))}
      />
    );
  });
}
