import { signal } from '@preact/signals';
import { useLive } from '../live/live.ts';
import type { Fleet, KnownState } from '../live/snapshots.ts';
import { stateText } from '../parts/State.tsx';
import { useNarrow } from '../parts/useNarrow.ts';
import { useTitle } from '../parts/useTitle.ts';
import { texts } from '../texts/texts.ts';
import { FleetCards } from './FleetCards.tsx';
import { AddHost, FleetEmpty } from './FleetEmpty.tsx';
import { FleetTable } from './FleetTable.tsx';
import { filterHosts, type Order, sortHosts } from './order.ts';

// Kept while one looks at a host and comes back.
const filter = signal('');
const order = signal<Order>({ key: 'host', isDescending: false });

/** Up to so many hosts, the page also says how to add one. */
const smallFleet = 3;

/** Every host at one look: a table, or cards where it is narrow. */
export function FleetPage() {
  useTitle(texts.fleet);
  const live = useLive();
  const isNarrow = useNarrow();
  const fleet = live.fleet.value;
  if (!fleet) return <p class="notice muted">{texts.connecting}</p>;
  if (fleet.hosts.length === 0) {
    if (fleet.source === 'live') return <FleetEmpty />;
    return <p class="notice card">{texts.fleetUnknown(fleet.source)}</p>;
  }

  const shown = sortHosts(filterHosts(fleet.hosts, filter.value), order.value);
  return (
    <div class={live.isLate.value ? 'fleet late' : 'fleet'}>
      <h1 class="visually-hidden">{texts.fleet}</h1>
      <div class="fleet-head">
        <Totals fleet={fleet} shown={shown.length} />
        <input
          type="search"
          class="filter"
          placeholder={texts.filterHint}
          aria-label={texts.filter}
          value={filter.value}
          onInput={({ currentTarget }) => {
            filter.value = currentTarget.value;
          }}
        />
      </div>
      {shown.length === 0 ? (
        <NoneMatch />
      ) : isNarrow ? (
        <FleetCards rows={shown} order={order} time={fleet.time} />
      ) : (
        <FleetTable rows={shown} order={order} time={fleet.time} />
      )}
      {fleet.hosts.length <= smallFleet ? <AddHost /> : null}
    </div>
  );
}

function NoneMatch() {
  return (
    <p class="notice">
      {texts.noneMatch(filter.value)}{' '}
      <button
        type="button"
        class="link-button"
        onClick={() => {
          filter.value = '';
        }}
      >
        {texts.clearFilter}
      </button>
    </p>
  );
}

const statesInOrder: readonly KnownState[] = ['live', 'delayed', 'stale', 'gone'];

/** `3 hosts  ● 2 live  ▲ 1 stale`; of what is not known, the store's reason. */
function Totals({ fleet: { hosts, source }, shown }: { fleet: Fleet; shown: number }) {
  const isLate = useLive().isLate.value;
  const known = isLate ? 0 : hosts.filter(({ state }) => state !== 'unknown').length;
  const reason = source === 'live' ? '' : source;
  return (
    <p class="totals">
      <b>{texts.hosts(hosts.length)}</b>
      {known === 0
        ? null
        : statesInOrder.map((state) => (
            <Total key={state} state={state} count={hosts.filter((row) => row.state === state).length} />
          ))}
      {known < hosts.length ? (
        <span class="muted">{texts.statesUnknown(known === 0 ? 0 : hosts.length - known, reason)}</span>
      ) : null}
      {shown < hosts.length ? <span class="muted">{texts.shownOf(shown, hosts.length)}</span> : null}
    </p>
  );
}

function Total({ state, count }: { state: KnownState; count: number }) {
  const { shape, word } = stateText(state);
  if (count === 0) return null;
  return (
    <span class={`state state-${state}`}>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>{' '}
      {count} {word}
    </span>
  );
}
