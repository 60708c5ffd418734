import { computed, type ReadonlySignal, signal } from '@preact/signals';
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
  readonly fleet: ReadonlySignal<Fleet | undefined>;
  /** Now by the server's clock, epoch ms; moves once a second while the page is seen. */
  readonly serverMs: ReadonlySignal<number>;
  readonly status: ReadonlySignal<FeedStatus>;
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
  const localMs = signal(Date.now());
  const isOnline = signal(navigator.onLine);

  let received: Fleet | undefined;
  const show = (): void => {
    fleet.value = received;
    localMs.value = Date.now();
  };
  connection.subscribe(fleetDestination, (body, { isRetained: retained }) => {
    const read = readFleet(body);
    if (!read) return;
    received = read;
    clock.observe({ serverMs: read.time, localMs: Date.now(), retained, intervalMs: read.intervalMs });
    drawSoon(show);
  });
  const tick = (): void => {
    if (!document.hidden) localMs.value = Date.now();
  };
  setInterval(tick, 1_000);
  document.addEventListener('visibilitychange', tick);
  for (const type of ['online', 'offline']) {
    addEventListener(type, () => {
      isOnline.value = navigator.onLine;
    });
  }

  const serverMs = computed(() => clock.serverMs(localMs.value));
  const status = computed(() =>
    feedStatus({
      link: connection.link.value,
      fleet: fleet.value,
      isOnline: isOnline.value,
      serverMs: serverMs.value,
      localMs: localMs.value,
    }),
  );
  const isLate = computed(() =>
    isOutOfDate({ link: connection.link.value, fleet: fleet.value, serverMs: serverMs.value }),
  );
  const close = (): void => {
    connection.close();
    received = undefined;
    dontDraw(show);
    fleet.value = undefined;
  };
  return { connection, clock, fleet, serverMs, status, isLate, open: connection.open, close };
}

export const LiveContext = createContext<Live | undefined>(undefined);

/** The page's live data. @throws where no `LiveContext` stands above. */
export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('LiveContext is missing');
  return live;
}
