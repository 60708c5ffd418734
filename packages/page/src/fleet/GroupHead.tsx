import { countText } from '../format.ts';
import { Name } from '../names/Name.tsx';
import { texts } from '../texts/texts.ts';
import { GravityCounts } from './GravityCounts.tsx';
import type { Line } from './groups.ts';
import { StateCounts } from './StateCounts.tsx';
import { type ChangeView, type FleetView, toggled } from './view.ts';

export type Group = Extract<Line, { kind: 'group' }>;

interface GroupHeadProps {
  readonly group: Group;
  readonly view: FleetView;
  readonly change: ChangeView;
}

/** The name of a group, which folds it up, how many hosts it has, and which of them are not well. */
export function GroupHead({ group: { value, rows, isFolded }, view, change }: GroupHeadProps) {
  return (
    <>
      <button
        type="button"
        class="group-button"
        aria-expanded={!isFolded}
        onClick={(event) => {
          // Its row does the same.
          event.stopPropagation();
          change({ folded: toggled(view.folded, value) });
        }}
      >
        <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span>{' '}
        {value === '' ? texts.withoutTag(view.group ?? '') : <Name text={value} />}
      </button>
      <span class="muted">{countText(rows.length)}</span>
      <StateCounts hosts={rows} isQuiet />
      <GravityCounts hosts={rows} isQuiet />
    </>
  );
}
