import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { fleetDestination } from 'hostcast/destinations';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Connection, connect } from './connection.ts';
import { dontDraw, drawSoon } from './frames.ts';
import { ServerClock } from './serverClock.ts';
import { type Fleet, readFleet } from './snapshots.ts';
import { type FeedStatus, feedStatus, isOutOfDate } from './status.ts';

/** What every part of the page knows: the connection, the fleet, the time, and how the feed stands. */
export interface Live {
  readonly connection: Connection;
  readonly clock: ServerClock;
  /** The newest snapshot that is shown: it stays as it is while the page is hidden. */
  readonly fleet: ReadonlySignal<Fleet | undefined>;
  /** The newest snapshot there is, hidden or not. */
  readonly received: ReadonlySignal<Fleet | undefined>;
  /** Now by the server's clock, epoch ms; moves once a second while the page is seen. */
  readonly serverMs: ReadonlySignal<number>;
  readonly status: ReadonlySignal<FeedStatus>;
  /** The same while nobody looks: goes on when the page is hidden. */
  readonly hiddenStatus: ReadonlySignal<FeedStatus>;
  /** True while no snapshots come: figures are then older than they should be, and states not known. */
  readonly isLate: ReadonlySignal<boolean>;
  /** Connects, or says good-bye and forgets what was seen. */
  open(): void;
  close(): void;
}

/** Follows the fleet for as long as it is open. */
export function startLive(url: string): Live {
  const connection = connect(url);
  const clock = new ServerClock();
  const fleet = signal<Fleet | undefined>(undefined);
  const received = signal<Fleet | undefined>(undefined);
  const now = followTime();
  const offlineMs = followNetwork();

  const show = (): void => {
    fleet.value = received.peek();
    now.seenMs.value = Date.now();
  };
  connection.subscribe(fleetDestination, (body, { isRetained: retained }) => {
    const read = readFleet(body);
    if (!read) return;
    received.value = read;
    const arrived = { localMs: Date.now(), monotonicMs: performance.now() };
    clock.observe({ serverMs: read.time, ...arrived, retained, intervalMs: read.intervalMs });
    drawSoon(show);
  });

  const serverMs = computed(() => clock.serverMs(now.seenMs.value));
  const statusOf = (shown: Fleet | undefined, localMs: number): FeedStatus =>
    feedStatus({
      link: connection.link.value,
      fleet: shown,
      isOnline: connection.facts.heardMs > offlineMs.value + underWayMs,
      serverMs: clock.serverMs(localMs),
      localMs,
    });
  const isLate = computed(() =>
    isOutOfDate({ link: connection.link.value, fleet: fleet.value, serverMs: serverMs.value }),
  );
  return {
    connection,
    clock,
    fleet,
    received,
    serverMs,
    status: computed(() => statusOf(fleet.value, now.seenMs.value)),
    hiddenStatus: computed(() => statusOf(received.value, now.everMs.value)),
    isLate,
    open: connection.open,
    close() {
      connection.close();
      received.value = undefined;
      dontDraw(show);
      fleet.value = undefined;
    },
  };
}

/** Now by this machine's clock, epoch ms, second by second: while the page is seen, and ever. */
function followTime(): { readonly seenMs: Signal<number>; readonly everMs: ReadonlySignal<number> } {
  const seenMs = signal(Date.now());
  const everMs = signal(Date.now());
  const tick = (): void => {
    everMs.value = Date.now();
    if (!document.hidden) seenMs.value = everMs.value;
  };
  setInterval(tick, 1_000);
  document.addEventListener('visibilitychange', tick);
  return { seenMs, everMs };
}

/** So long after the network has gone what was under way may still come, ms. */
const underWayMs = 1_000;

/** Since when there is no network as the browser knows it, epoch ms; -Infinity while there is one. */
function followNetwork(): ReadonlySignal<number> {
  const isOffline = (sinceMs: number): number => (navigator.onLine ? -Infinity : sinceMs);
  // A page that could be loaded without one comes from this very machine.
  const offlineMs = signal(isOffline(0));
  for (const type of ['online', 'offline']) {
    addEventListener(type, () => {
      offlineMs.value = isOffline(Date.now());
    });
  }
  return offlineMs;
}

export const LiveContext = createContext<Live | undefined>(undefined);

/** The page's live data. @throws where no `LiveContext` stands above. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveContext is missing');
  return live;
}
