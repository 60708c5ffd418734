import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { hostDestination } from 'hostcast/destinations';
import type { HostSnapshot } from 'hostcast/snapshots';
import type { OnBody } from './feed.ts';
import { dontDraw, drawSoon } from './frames.ts';
import { HeldTimeline } from './heldTimeline.ts';
import { fetchHistory, type HistoryState } from './history.ts';
import { hostAheadMs, hostNowMs } from './hostClock.ts';
import type { Live } from './live.ts';
import { isHostSnapshot } from './snapshots.ts';
import type { Timeline } from './timeline.ts';

const defaultIntervalMs = 10_000;
const retryMs = 5_000;
/** Between two requests for what was missed, at least: a page that is slow misses something with every tick. */
const refillMs = 5_000;
/** Another skew than this is another clock. */
const clockStepMs = 30_000;
/** A shorter look at another tab asks for nothing. */
const awayMs = 10_000;

/** One host as it is watched: newest snapshot and the joined timeline of one range. */
export interface HostFeed {
  readonly snapshot: ReadonlySignal<HostSnapshot | undefined>;
  /** Changes whenever the timeline has. */
  readonly revision: ReadonlySignal<number>;
  readonly history: ReadonlySignal<HistoryState>;
  readonly timeline: Timeline;
  readonly host: string;
  readonly rangeMs: number;
  /** Whether its points are further apart than samples come, so that a shorter range would show more. */
  isCoarse(): boolean;
  /** How many samples came since its timeline stands still. */
  readonly missed: ReadonlySignal<number>;
  /** Lets the timeline stand still, or go on with all that came meanwhile. */
  hold(isHeld: boolean): void;
  /** Whether its timeline, standing still, has all that there was in a stretch. */
  covers(stretch: { readonly fromMs: number; readonly toMs: number }): boolean;
  close(): void;
}

/**
 * Watches a host that may be seen. History and live data are joined without a seam: subscribe as soon as that is known,
 * keep what comes, fetch history, let live win. Where snapshots were missed, history is fetched once more, for the hole.
 */
export function openHost(live: Live, host: string, rangeMs: number): HostFeed {
  const snapshot = signal<HostSnapshot | undefined>(undefined);
  const revision = signal(0);
  const history = signal<HistoryState>({ phase: 'loading' });
  const missed = signal(0);

  let newest: HostSnapshot | undefined;
  const intervalMs = (): number => newest?.intervalMs ?? live.fleet.peek()?.intervalMs ?? defaultIntervalMs;
  const nowMs = (): number => hostNowMs(live, host);
  let aheadMs = hostAheadMs(live, host);
  const held = new HeldTimeline({ rangeMs, nowMs, intervalMs });
  const show = (): void => {
    snapshot.value = newest;
    missed.value = held.missed;
    revision.value = held.changes;
  };

  const onBody: OnBody = (body, { hasMissed }) => {
    if (hasMissed) drawSoon(refill);
    if (!isHostSnapshot(body)) return;
    // A host that was silent may have sent what it measured meanwhile just before what is newest.
    if (body.state === 'live' && newest && newest.state !== 'live') drawSoon(refill);
    newest = body;
    if (Math.abs(hostAheadMs(live, host) - aheadMs) > clockStepMs) {
      // Its clock was set, or found to be wrong: another past stands on its axis now.
      aheadMs = hostAheadMs(live, host);
      held.forget();
      void past.load();
    }
    if (body.seenMs !== null) held.receive({ timeMs: body.seenMs, panels: body.panels, units: body.units });
    drawSoon(show);
  };

  const past = openPastOf(host, { rangeMs, nowMs, held, history, onLoaded: () => drawSoon(show) });
  const unsubscribe = subscribeWhenSeen({ live, host, history, onBody, onSeen: () => void past.load() });
  const refill = (): void => past.refill();
  const stopWatching = watchVisits(() => drawSoon(refill));
  // Errors end in the history's state, so there is nothing to catch.
  void past.load();

  return {
    snapshot,
    revision,
    history,
    timeline: held.timeline,
    missed,
    host,
    rangeMs,
    isCoarse: () => held.timeline.folds(intervalMs()),
    covers: (stretch) => held.covers(stretch),
    hold(isHeld) {
      if (isHeld) held.hold();
      else if (held.isHeld && !held.release()) void past.load();
      show();
    },
    close() {
      unsubscribe();
      dontDraw(refill);
      stopWatching();
      past.close();
    },
  };
}

interface SeenParts {
  readonly live: Live;
  readonly host: string;
  readonly history: ReadonlySignal<HistoryState>;
  readonly onBody: OnBody;
  /** It may be seen after all. */
  readonly onSeen: () => void;
}

/**
 * Subscribes as soon as the fleet names the host, or its history is given: a SUBSCRIBE that is refused would end the
 * connection, and with it all that is live. Returns what ends it.
 */
function subscribeWhenSeen({ live, host, history, onBody, onSeen }: SeenParts): () => void {
  let unsubscribe: (() => void) | undefined;
  const stop = effect(() => {
    if (unsubscribe) return;
    const { phase } = history.value;
    const isNamed = live.received.value?.hosts.some((row) => row.host === host) ?? false;
    if (!isNamed && phase !== 'loaded') return;
    unsubscribe = live.connection.subscribe(hostDestination(host), onBody);
    if (phase === 'forbidden') onSeen();
  });
  return () => {
    stop();
    unsubscribe?.();
  };
}

interface PastParts {
  readonly rangeMs: number;
  readonly nowMs: () => number;
  readonly held: HeldTimeline;
  readonly history: Signal<HistoryState>;
  readonly onLoaded: () => void;
}

/** Fetches the past of the newest range: when it is told to, and again while that fails. */
function openPastOf(host: string, { rangeMs, nowMs, held, history, onLoaded }: PastParts) {
  const request = { askedAtMs: 0, abort: new AbortController(), retry: 0 };
  const load = async (): Promise<void> => {
    if (!held.wantsPast()) return;
    request.abort.abort();
    request.abort = new AbortController();
    clearTimeout(request.retry);
    request.askedAtMs = Date.now();
    const toMs = nowMs();
    const answer = await fetchHistory(host, { fromMs: toMs - rangeMs, toMs }, request.abort.signal);
    if (answer === undefined) return;
    if (!('phase' in answer)) {
      held.load(answer, toMs);
      history.value = { phase: 'loaded' };
    } else {
      held.goWithout();
      history.value = answer;
      if (answer.phase === 'failed') request.retry = setTimeout(() => void load(), retryMs);
    }
    onLoaded();
  };
  return {
    load,
    /** Fetches what was missed, but not for each of many holes. */
    refill(): void {
      clearTimeout(request.retry);
      request.retry = setTimeout(() => void load(), request.askedAtMs + refillMs - Date.now());
    },
    close(): void {
      request.abort.abort();
      clearTimeout(request.retry);
    },
  };
}

/** Tells when somebody comes back to a page that was not seen for long enough that older data may have come. */
function watchVisits(onVisit: () => void): () => void {
  let hiddenMs = Number.POSITIVE_INFINITY;
  const watch = (): void => {
    if (document.hidden) hiddenMs = Date.now();
    else if (Date.now() - hiddenMs >= awayMs) onVisit();
  };
  document.addEventListener('visibilitychange', watch);
  return () => document.removeEventListener('visibilitychange', watch);
}
