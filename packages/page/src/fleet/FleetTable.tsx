import { SortButton } from '../parts/SortButton.tsx';
import { texts } from '../texts/texts.ts';
import { columnTitle } from './columns.tsx';
import { GroupRow, Row } from './FleetRow.tsx';
import type { Line } from './groups.ts';
import { columnPx, type Layout } from './layout.ts';
import { nextOrder, type SortKey } from './order.ts';
import { topsOf, useNear } from './useNear.ts';
import type { ChangeView, FleetView } from './view.ts';

/** Fingers need higher rows. */
const coarse = matchMedia('(pointer: coarse)');

interface FleetTableProps {
  readonly lines: readonly Line[];
  readonly layout: Layout;
  readonly view: FleetView;
  readonly change: ChangeView;
  readonly time: number;
}

/** The fleet as a table: every column sorts, and only the rows near the window are there. */
export function FleetTable({ lines, layout, view, change, time }: FleetTableProps) {
  const rowPx = coarse.matches ? 40 : 32;
  const { list, near } = useNear<HTMLTableSectionElement>(topsOf(lines, () => rowPx));
  return (
    <div class={`card fleet-table-card ${layout.isTooWide ? 'too-wide' : ''}`}>
      <table
        class="fleet-table"
        style={{ minWidth: `${layout.leastPx}px`, '--row': `${rowPx}px` }}
        aria-rowcount={lines.length + 1}
      >
        <colgroup>
          <col />
          {layout.columns.map((column) => (
            <col
              key={column.key}
              style={{ width: `${Math.floor(columnPx(column, layout.hasSparks) * layout.stretch)}px` }}
            />
          ))}
        </colgroup>
        <Head layout={layout} view={view} change={change} />
        <tbody ref={list}>
          <Filler px={near.abovePx} />
          {lines.slice(near.from, near.to).map((line, index) => {
            const rest = { index: near.from + index + 2, layout, change, time };
            if (line.kind === 'host') return <Row key={line.row.host} row={line.row} view={view} {...rest} />;
            return <GroupRow key={`=${line.value}`} group={line} view={view} {...rest} />;
          })}
          <Filler px={near.belowPx} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for rows that are far from the window. */
function Filler({ px }: { px: number }) {
  if (px === 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr class="filler" aria-hidden="true">
      <td style={{ height: `${px}px` }} />
    </tr>
  );
}

interface HeadProps {
  readonly layout: Layout;
  readonly view: FleetView;
  readonly change: ChangeView;
}

function Head({ layout, view, change }: HeadProps) {
  const { key: sorted, isDescending } = view.order;
  const orderOf = (key: SortKey) => (sorted !== key ? 'none' : isDescending ? 'descending' : 'ascending');
  const cell = (keys: readonly SortKey[], kind: string, hint?: string) => (
    <th
      key={keys[0]}
      scope="col"
      class={`cell-${kind} cell-${keys[0]}`}
      title={hint}
      aria-sort={keys.map(orderOf).find((order) => order !== 'none') ?? 'none'}
    >
      {keys.map((key) => (
        <SortButton
          key={key}
          title={columnTitle(key)}
          order={orderOf(key)}
          sort={() => change({ order: nextOrder(view.order, key) })}
        />
      ))}
    </th>
  );
  return (
    <thead>
      <tr aria-rowindex={1}>
        {cell(['host', 'state'], 'name')}
        {layout.columns.map(({ key, kind, spark }) =>
          cell([key], kind, spark && layout.hasSparks ? texts.sparkHint : undefined),
        )}
      </tr>
    </thead>
  );
}
