import type { Signal } from '@preact/signals';
import type { HostRow } from '../live/snapshots.ts';
import { Figure } from '../parts/Figure.tsx';
import { Meter } from '../parts/Meter.tsx';
import { HostLink, useShownState } from '../parts/State.tsx';
import { Tags } from '../parts/Tags.tsx';
import { texts } from '../texts/texts.ts';
import { Age } from './Age.tsx';
import { Load } from './Load.tsx';
import { nextOrder, type Order, type SortKey } from './order.ts';

const sortKeys: readonly (readonly [SortKey, string])[] = [
  ['host', texts.host],
  ['cpu', texts.cpu],
  ['memory', texts.memory],
  ['disk', texts.disk],
  ['load', texts.load],
  ['age', texts.age],
];

interface FleetCardsProps {
  readonly rows: readonly HostRow[];
  readonly order: Signal<Order>;
  readonly time: number;
}

/** The fleet on a phone: a card per host. */
export function FleetCards({ rows, order, time }: FleetCardsProps) {
  return (
    <>
      <label class="card-sort">
        {texts.sortBy}{' '}
        <select
          value={order.value.key}
          onChange={({ currentTarget }) => {
            const chosen = sortKeys.find(([key]) => key === currentTarget.value);
            if (chosen && chosen[0] !== order.value.key) order.value = nextOrder(order.value, chosen[0]);
          }}
        >
          {sortKeys.map(([key, title]) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <ul class="fleet-cards">
        {rows.map((row) => (
          <HostCard key={row.host} row={row} time={time} />
        ))}
      </ul>
    </>
  );
}

function HostCard({ row, time }: { row: HostRow; time: number }) {
  const state = useShownState(row.state);
  return (
    <li class={`card host-card row-${state}`}>
      <div class="host-card-head">
        <HostLink host={row.host} state={state} />
        <Age row={row} time={time} />
      </div>
      <dl class="host-card-meters">
        <dt>{texts.cpu}</dt>
        <dd>
          <Meter percent={row.cpu} />
        </dd>
        <dt>{texts.memory}</dt>
        <dd>
          <Meter percent={row.memory} />
        </dd>
        <dt>{texts.disk}</dt>
        <dd>
          <Meter percent={row.disk} />
        </dd>
      </dl>
      <dl class="host-card-figures">
        <div>
          <dt>{texts.load}</dt>
          <dd>
            <Load load1={row.load1} cores={row.cores} />
          </dd>
        </div>
        <div>
          <dt>{texts.netIn}</dt>
          <dd>
            <Figure value={row.netIn} unit="bytesPerSecond" />
          </dd>
        </div>
        <div>
          <dt>{texts.netOut}</dt>
          <dd>
            <Figure value={row.netOut} unit="bytesPerSecond" />
          </dd>
        </div>
      </dl>
      <Tags tags={row.tags} />
    </li>
  );
}
