import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fleetPastOf } from '../live/fleetHistory.ts';
import { useLive } from '../live/live.ts';
import type { Fleet, HostRow } from '../live/snapshots.ts';
import { useUser } from '../login/account.ts';
import { mayAddHosts } from '../login/rights.ts';
import { useNarrow } from '../parts/useNarrow.ts';
import { useTitle } from '../parts/useTitle.ts';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { FleetBar } from './FleetBar.tsx';
import { FleetCards } from './FleetCards.tsx';
import { FirstHost, NothingToSee } from './FleetEmpty.tsx';
import { FleetTable } from './FleetTable.tsx';
import { FleetTotals } from './FleetTotals.tsx';
import { hostsOf, linesOf } from './groups.ts';
import { layoutFor } from './layout.ts';
import { type Order, severityOf, sortHosts } from './order.ts';
import { useTableWidth } from './useTableWidth.ts';
import { type FleetView, useFleetView } from './view.ts';

/** So long after somebody has pointed at the rows they keep their order: one may be about to click. */
const calmMs = 5_000;

/** Every host at one look: a table, or cards where it is narrow. */
export function FleetPage() {
  useTitle(texts.fleet);
  useLastView();
  const live = useLive();
  const past = fleetPastOf(live);
  useEffect(() => past.watch(), [past]);
  const fleet = live.fleet.value;
  const mayAdd = mayAddHosts(useUser());
  const [isAdding, setAdding] = useState(false);
  if (!fleet) return <p class="notice muted">{texts.connecting}</p>;
  const isEmpty = fleet.hosts.length === 0;
  // Whoever adds the first host may have a token there that is shown only once: it goes when he does.
  if (isAdding || (isEmpty && fleet.source === 'live' && mayAdd)) {
    return <FirstHost hasCome={!isEmpty} begin={() => setAdding(true)} goOn={() => setAdding(false)} />;
  }
  if (!isEmpty) return <Hosts fleet={fleet} />;
  if (fleet.source === 'live') return <NothingToSee />;
  return <p class="notice card">{texts.fleetUnknown(fleet.source)}</p>;
}

function Hosts({ fleet }: { fleet: Fleet }) {
  const live = useLive();
  const [view, change] = useFleetView();
  const isNarrow = useNarrow();
  const layout = layoutFor(useTableWidth(), view.columns);
  const shown = hostsOf(fleet.hosts, view);
  const pointedAtMs = useRef(0);
  const rows = useRef<HTMLDivElement>(null);
  const { sorted, gradeOf } = useCalmOrder(shown, view.order, () => {
    return Date.now() - pointedAtMs.current < calmMs || isWalkedThrough(rows.current);
  });
  const columns = layout.columns.map(({ key }) => key);
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    const { saveFleet } = await import('./saveFleet.ts');
    saveFleet({ time: fleet.time, rows: sorted, columns }, format);
  };
  const rest = { lines: linesOf(sorted, view, gradeOf), view, change, time: fleet.time };
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
        only={shown.length === 1 ? shown[0]?.host : undefined}
      />
      {shown.length === 0 ? (
        <NoneMatch
          view={view}
          clear={() => change({ words: '', tags: [], state: undefined, gravity: undefined })}
        />
      ) : (
        <div
          ref={rows}
          onPointerMove={() => {
            pointedAtMs.current = Date.now();
          }}
          onPointerLeave={({ pointerType }) => {
            // A finger that is lifted may come again at once.
            if (pointerType === 'mouse') pointedAtMs.current = 0;
          }}
        >
          {isNarrow ? <FleetCards {...rest} /> : <FleetTable {...rest} layout={layout} />}
        </div>
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

/** Whether somebody goes through what it holds by the keyboard. */
function isWalkedThrough(rows: HTMLElement | null): boolean {
  return document.hasFocus() && rows?.querySelector(':is(tbody, .fleet-cards) :focus-visible') != null;
}

/** The hosts in order, and groups' grades; while it is held each stays where it is, so that none is missed by a click. */
function useCalmOrder(hosts: readonly HostRow[], order: Order, isHeld: () => boolean) {
  const before = useRef({ sort: '', places: new Map<string, { rank: number; grade: number }>() });
  const sort = `${order.key} ${order.isDescending}`;
  const sorted = sortHosts(hosts, order);
  if (before.current.sort !== sort || !isHeld()) {
    const sign = order.key !== 'state' ? 0 : order.isDescending ? -1 : 1;
    const places = sorted.map((row, rank) => [row.host, { rank, grade: sign * severityOf(row) }] as const);
    before.current = { sort, places: new Map(places) };
  }
  const { places } = before.current;
  const rankOf = (host: string): number => places.get(host)?.rank ?? Infinity;
  sorted.sort((a, b) => rankOf(a.host) - rankOf(b.host) || 0);
  return { sorted, gradeOf: (host: string): number => places.get(host)?.grade ?? 0 };
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
