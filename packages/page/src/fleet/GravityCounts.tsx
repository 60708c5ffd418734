import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { visibleText } from '../names/visible.ts';
import { hostGravity } from '../parts/gravity.ts';
import { texts } from '../texts/texts.ts';
import { Count } from './Count.tsx';
import { columnTitle } from './columns.tsx';
import { type Grave, graves } from './view.ts';

/** So many hosts are named in a count's hint. */
const mostNamed = 5;

interface GravityCountsProps {
  readonly hosts: readonly HostRow[];
  /** Leaves out the words. */
  readonly isQuiet?: boolean;
  readonly chosen?: Grave | undefined;
  readonly choose?: (grave: Grave | undefined) => void;
}

/** How many hosts have figures that are too high, by the meters' thresholds: `◆ 1 critical  ◇ 3 high`; else nothing. */
export function GravityCounts({ hosts, isQuiet = false, chosen, choose }: GravityCountsProps) {
  if (useLive().isLate.value) return null;
  const judged = hosts.map((row) => ({ row, ...hostGravity(row) }));
  return graves.map((grave) => {
    const those = judged.filter(({ gravity }) => gravity === grave);
    if (those.length === 0 && grave !== chosen) return null;
    const word = grave === 'critical' ? texts.critical : texts.high;
    const named = those.slice(0, mostNamed).map(({ row, kinds }) => {
      return `${visibleText(row.host)}: ${kinds.map(columnTitle).join(', ')}`;
    });
    const hint = [...named, ...(those.length > mostNamed ? ['…'] : [])].join('\n');
    return (
      <Count
        key={grave}
        count={those.length}
        shape={grave === 'critical' ? '◆' : '◇'}
        word={word}
        look={`grave-${grave}`}
        hint={hint}
        isQuiet={isQuiet}
        isChosen={grave === chosen}
        choose={choose && (() => choose(grave === chosen ? undefined : grave))}
      />
    );
  });
}
