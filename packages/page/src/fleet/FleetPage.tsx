import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { fleetPastOf } from '../live/fleetHistory.ts';
import { useLive } from '../live/live.ts';
import type { Fleet, HostRow } from '../live/snapshots.ts';
import { useNarrow } from '../parts/useNarrow.ts';
import { useTitle } from '../parts/useTitle.ts';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { FleetBar } from './FleetBar.tsx';
import { FleetCards } from './FleetCards.tsx';
import { FleetEmpty } from './FleetEmpty.tsx';
import { FleetTable } from './FleetTable.tsx';
import { FleetTotals } from './FleetTotals.tsx';
import { hostsOf, linesOf } from './groups.ts';
import { layoutFor } from './layout.ts';
import { type Order, sortHosts } from './order.ts';
import { useTableWidth } from './useTableWidth.ts';
import { type FleetView, useFleetView } from './view.ts';

/** So long after a mouse has moved over the rows they keep their order: one may be about to click. */
const calmMs = 5_000;

/** Every host at one look: a table, or cards where it is narrow. */
export function FleetPage() {
  useTitle(texts.fleet);
  useLastView();
  const live = useLive();
  const past = fleetPastOf(live);
  useEffect(() => past.watch(), [past]);
  const fleet = live.fleet.value;
  if (!fleet) return <p class="notice muted">{texts.connecting}</p>;
  if (fleet.hosts.length > 0) return <Hosts fleet={fleet} />;
  if (fleet.source === 'live') return <FleetEmpty />;
  return <p class="notice card">{texts.fleetUnknown(fleet.source)}</p>;
}

function Hosts({ fleet }: { fleet: Fleet }) {
  const live = useLive();
  const [view, change] = useFleetView();
  const isNarrow = useNarrow();
  const layout = layoutFor(useTableWidth(), view.columns);
  const shown = hostsOf(fleet.hosts, view);
  const pointedAtMs = useRef(0);
  const sorted = useCalmOrder(shown, view.order, Date.now() - pointedAtMs.current < calmMs);
  const columns = layout.columns.map(({ key }) => key);
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    const { saveFleet } = await import('./saveFleet.ts');
    saveFleet({ time: fleet.time, rows: sorted, columns }, format);
  };
  const rest = { lines: linesOf(sorted, view), view, change, time: fleet.time };
  return (
    <div class={live.isLate.value ? 'fleet late' : 'fleet'}>
      <h1 class="visually-hidden">{texts.fleet}</h1>
      <FleetTotals fleet={fleet} shown={shown} view={view} change={change} />
      <FleetBar
        hosts={fleet.hosts}
        view={view}
        change={change}
        isNarrow={isNarrow}
        shownColumns={columns}
        save={(format) => void save(format)}
      />
      {shown.length === 0 ? (
        <NoneMatch
          view={view}
          clear={() => change({ words: '', tags: [], state: undefined, gravity: undefined })}
        />
      ) : isNarrow ? (
        <FleetCards {...rest} />
      ) : (
        <FleetTable {...rest} layout={layout} pointedAtMs={pointedAtMs} />
      )}
    </div>
  );
}

function NoneMatch({ view, clear }: { view: FleetView; clear: () => void }) {
  const isOnlyWords = view.tags.length === 0 && view.state === undefined && view.gravity === undefined;
  return (
    <p class="notice">
      {isOnlyWords ? texts.noneMatch(view.words) : texts.noneMatchAll}{' '}
      <button type="button" class="link-button" onClick={clear}>
        {texts.clearFilter}
      </button>
    </p>
  );
}

/** The hosts in order; while it is held each stays where it is, so that none is missed by a click. */
function useCalmOrder(hosts: readonly HostRow[], order: Order, isHeld: boolean): readonly HostRow[] {
  const before = useRef({ sort: '', ranks: new Map<string, number>() });
  const sort = `${order.key} ${order.isDescending}`;
  const sorted = sortHosts(hosts, order);
  const { ranks } = before.current;
  if (isHeld && before.current.sort === sort) {
    return sorted.sort((a, b) => (ranks.get(a.host) ?? Infinity) - (ranks.get(b.host) ?? Infinity) || 0);
  }
  before.current = { sort, ranks: new Map(sorted.map(({ host }, rank) => [host, rank])) };
  return sorted;
}

let lastSearch = '';

/** Brings back how the fleet was looked at when one comes to it from a host. */
function useLastView(): void {
  const { path, url, route } = useLocation();
  useLayoutEffect(() => {
    if (location.search === '' && lastSearch !== '') route(path + lastSearch, true);
  }, []);
  useEffect(() => {
    lastSearch = location.search;
  }, [url]);
}
