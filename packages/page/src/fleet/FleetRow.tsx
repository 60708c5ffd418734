import type { ComponentChildren } from 'preact';
import type { HostRow } from '../live/snapshots.ts';
import { hostPath } from '../parts/hostPath.ts';
import { HostLink, useShownState } from '../parts/State.tsx';
import { useLocation } from '../router.ts';
import { Age } from './Age.tsx';
import { columnCell } from './columns.tsx';
import { type Group, GroupHead } from './GroupHead.tsx';
import type { ColumnShape, Layout } from './layout.ts';
import { RowTags } from './RowTags.tsx';
import { Sparkline } from './Sparkline.tsx';
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
          <RowTags tags={row.tags} room={`${layout.widthPx} ${layout.columns.length} ${state}`} />
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

/** The head of a group with its totals; folds it up. */
export function GroupRow({ group, index, layout, view, change }: Omit<RowProps, 'time'> & { group: Group }) {
  const past = useFleetPast();
  const totals = totalsOf(group.rows);
  return (
    <tr
      class="group-row"
      aria-rowindex={index}
      onClick={() => change({ folded: toggled(view.folded, group.value) })}
    >
      <th scope="row" class="cell-name">
        <span class="host-cell">
          <GroupHead group={group} view={view} change={change} />
        </span>
      </th>
      {layout.columns.map((column) => (
        <Cell
          key={column.key}
          column={column}
          spark={
            column.spark && layout.hasSparks
              ? past.meanOf(group.rows.filter(isReporting), column.spark)
              : undefined
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
