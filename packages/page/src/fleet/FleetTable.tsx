import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLocation } from 'preact-iso';
import { ageText, durationText } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { Figure } from '../parts/Figure.tsx';
import { hostPath } from '../parts/hostPath.ts';
import { Meter } from '../parts/Meter.tsx';
import { HostLink, useShownState } from '../parts/State.tsx';
import { Tags } from '../parts/Tags.tsx';
import { texts } from '../texts/texts.ts';
import { Age } from './Age.tsx';
import { Load } from './Load.tsx';
import { nextOrder, type Order, type SortKey } from './order.ts';

interface Column {
  readonly key: SortKey;
  readonly title: () => string;
  /** Figures stand right, meters and names left. */
  readonly kind: 'name' | 'meter' | 'figure';
  readonly cell: (row: HostRow, time: number) => ComponentChildren;
}

const columns: readonly Column[] = [
  { key: 'host', title: () => texts.host, kind: 'name', cell: (row) => <HostCell row={row} /> },
  { key: 'cpu', title: () => texts.cpu, kind: 'meter', cell: ({ cpu }) => <Meter percent={cpu} /> },
  {
    key: 'memory',
    title: () => texts.memory,
    kind: 'meter',
    cell: ({ memory }) => <Meter percent={memory} />,
  },
  { key: 'disk', title: () => texts.disk, kind: 'meter', cell: ({ disk }) => <Meter percent={disk} /> },
  {
    key: 'load',
    title: () => texts.load,
    kind: 'figure',
    cell: ({ load1, cores }) => <Load load1={load1} cores={cores} />,
  },
  rate('netIn', () => texts.netIn),
  rate('netOut', () => texts.netOut),
  rate('diskRead', () => texts.diskRead),
  rate('diskWrite', () => texts.diskWrite),
  {
    key: 'uptime',
    title: () => texts.uptime,
    kind: 'figure',
    cell: ({ uptime }) => <Uptime seconds={uptime} />,
  },
  { key: 'age', title: () => texts.age, kind: 'figure', cell: (row, time) => <Age row={row} time={time} /> },
];

function rate(key: 'netIn' | 'netOut' | 'diskRead' | 'diskWrite', title: () => string): Column {
  return { key, title, kind: 'figure', cell: (row) => <Figure value={row[key]} unit="bytesPerSecond" /> };
}

function Uptime({ seconds }: { seconds: number | null }) {
  if (seconds === null) return <span class="unknown">–</span>;
  return (
    <span class="figure" title={durationText(seconds * 1_000)}>
      {ageText(seconds * 1_000)}
    </span>
  );
}

interface FleetTableProps {
  readonly rows: readonly HostRow[];
  readonly order: Signal<Order>;
  readonly time: number;
}

/** The fleet as a table; every column sorts. */
export function FleetTable({ rows, order, time }: FleetTableProps) {
  return (
    <div class="card fleet-table-card">
      <table class="fleet-table">
        <colgroup>
          {columns.map(({ key, kind }) => (
            <col key={key} class={`col-${kind} col-${key}`} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeaderCell key={column.key} column={column} order={order} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.host} row={row} time={time} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeaderCell({ column: { key, title, kind }, order }: { column: Column; order: Signal<Order> }) {
  const isSorted = order.value.key === key;
  const direction = order.value.isDescending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={`cell-${kind} cell-${key}`} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        onClick={() => {
          order.value = nextOrder(order.value, key);
        }}
      >
        {title()}
        <span class="sort-mark" aria-hidden="true">
          {isSorted ? (order.value.isDescending ? '▾' : '▴') : ''}
        </span>
      </button>
    </th>
  );
}

function Row({ row, time }: { row: HostRow; time: number }) {
  const { route } = useLocation();
  const state = useShownState(row.state);
  const open = (event: MouseEvent): void => {
    // The whole row leads to the host; its link does so for the keyboard, and for a new tab.
    const isOnLink = event.target instanceof Element && event.target.closest('a') !== null;
    const isSelecting = getSelection()?.isCollapsed === false;
    if (!isOnLink && !isSelecting) route(hostPath(row.host));
  };
  const [name, ...others] = columns;
  return (
    <tr class={`row-${state}`} onClick={open}>
      <th scope="row" class="cell-name">
        {name?.cell(row, time)}
      </th>
      {others.map(({ key, kind, cell }) => (
        <td key={key} class={`cell-${kind} cell-${key}`}>
          {cell(row, time)}
        </td>
      ))}
    </tr>
  );
}

function HostCell({ row }: { row: HostRow }) {
  return (
    <span class="host-cell">
      <HostLink host={row.host} state={useShownState(row.state)} />
      <Tags tags={row.tags} />
    </span>
  );
}
