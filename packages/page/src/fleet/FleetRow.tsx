import type { ComponentChildren } from 'preact';
import type { HostRow } from '../live/snapshots.ts';
import { Name } from '../names/Name.tsx';
import { hostPath } from '../parts/hostPath.ts';
import { HostLink, useShownState } from '../parts/State.tsx';
import { Tags } from '../parts/Tags.tsx';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { Age } from './Age.tsx';
import { columnCell } from './columns.tsx';
import type { Line } from './groups.ts';
import type { ColumnShape, Layout } from './layout.ts';
import { Sparkline } from './Sparkline.tsx';
import { StateCounts } from './StateCounts.tsx';
import { isReporting, totalsOf } from './totals.ts';
import { useFleetPast } from './useFleetPast.ts';
import { type ChangeView, type FleetView, type Tag, toggled } from './view.ts';

interface RowProps {
  /** Its place among all rows, the head's is 1. */
  readonly index: number;
  readonly layout: Layout;
  readonly view: FleetView;
  readonly change: ChangeView;
  readonly time: number;
}

/** A host. */
export function Row({ row, index, layout, view, change, time }: RowProps & { readonly row: HostRow }) {
  const { route } = useLocation();
  const state = useShownState(row.state);
  const past = useFleetPast();
  const click = ({ target }: MouseEvent): void => {
    // The whole row leads to the host; its link does so for the keyboard, and for a new tab.
    if (!(target instanceof Element) || target.closest('a') || getSelection()?.isCollapsed === false) return;
    const tag = tagUnder(target, row.tags);
    if (tag === undefined) route(hostPath(row.host));
    else change({ tags: [...view.tags.filter((other) => other.join('=') !== tag.join('=')), tag] });
  };
  return (
    <tr class={`row-${state}`} aria-rowindex={index} onClick={click}>
      <th scope="row" class="cell-name">
        <span class="host-cell">
          <HostLink host={row.host} state={state} />
          <Tags tags={row.tags} />
        </span>
      </th>
      {layout.columns.map((column) => (
        <Cell
          key={column.key}
          column={column}
          spark={column.spark && layout.hasSparks ? past.valuesOf(row.host, column.spark) : undefined}
        >
          {column.key === 'age' ? <Age row={row} time={time} /> : columnCell(column.key, row)}
        </Cell>
      ))}
    </tr>
  );
}

/** The tag that was clicked on; the same is done by the choice above the table for those without a mouse. */
function tagUnder(target: Element, tags: readonly Tag[]): Tag | undefined {
  const shown = target.closest('.tag');
  return shown ? tags[[...(shown.parentElement?.children ?? [])].indexOf(shown)] : undefined;
}

interface GroupRowProps extends Omit<RowProps, 'time'> {
  readonly line: Extract<Line, { kind: 'group' }>;
}

/** The head of a group with its totals; folds it up. */
export function GroupRow({ line: { value, rows, isFolded }, index, layout, view, change }: GroupRowProps) {
  const past = useFleetPast();
  const totals = totalsOf(rows);
  const fold = (): void => change({ folded: toggled(view.folded, value) });
  return (
    <tr class="group-row" aria-rowindex={index} onClick={fold}>
      <th scope="row" class="cell-name">
        <span class="host-cell">
          <button
            type="button"
            class="group-button"
            aria-expanded={!isFolded}
            onClick={(event) => {
              event.stopPropagation();
              fold();
            }}
          >
            <span aria-hidden="true">{isFolded ? '▸' : '▾'}</span>{' '}
            {value === '' ? texts.withoutTag(view.group ?? '') : <Name text={value} />}
          </button>
          <span class="muted">{rows.length}</span>
          <StateCounts hosts={rows} isQuiet />
        </span>
      </th>
      {layout.columns.map((column) => (
        <Cell
          key={column.key}
          column={column}
          spark={
            column.spark && layout.hasSparks ? past.meanOf(rows.filter(isReporting), column.spark) : undefined
          }
        >
          {columnCell(column.key, totals)}
        </Cell>
      ))}
    </tr>
  );
}

interface CellProps {
  readonly column: ColumnShape;
  readonly spark: readonly number[] | undefined;
  readonly children: ComponentChildren;
}

function Cell({ column: { key, kind }, spark, children }: CellProps) {
  return (
    <td class={`cell-${kind} cell-${key}`}>
      {spark ? (
        <span class="sparked">
          {children}
          <Sparkline values={spark} />
        </span>
      ) : (
        children
      )}
    </td>
  );
}
