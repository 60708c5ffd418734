import { type ReadonlySignal, signal } from '@preact/signals';
import { hostDestination } from 'hostcast/destinations';
import type { HostHistory, HostSnapshot } from 'hostcast/snapshots';
import { dontDraw, drawSoon } from './frames.ts';
import type { Live } from './live.ts';
import { refusalReason } from './refusal.ts';
import { isHostHistory, isHostSnapshot } from './snapshots.ts';
import { type Sample, Timeline } from './timeline.ts';

const points = 300;
const defaultIntervalMs = 10_000;
const retryMs = 5_000;
/** Between two requests for what was missed, at least: a page that is slow misses something with every tick. */
const refillMs = 5_000;
/** Live samples kept for the next time that history is fetched: more than a request ever takes. */
const samplesKept = 360;

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
  close(): void;
}

/** How the fetching of the past stands; `reason` is what the server said. */
export type HistoryState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'loaded' }
  | { readonly phase: 'failed'; readonly reason: string };

/**
 * Watches a host. History and live data are joined without a seam: subscribe first, keep what comes, fetch
 * history, let live win. Where snapshots were missed, history is fetched once more, for the hole.
 */
export function openHost(live: Live, host: string, rangeMs: number): HostFeed {
  const timeline = new Timeline();
  const snapshot = signal<HostSnapshot | undefined>(undefined);
  const revision = signal(0);
  const history = signal<HistoryState>({ phase: 'loading' });
  const samples: Sample[] = [];
  const request = { askedAtMs: 0, abort: new AbortController(), retry: 0 };

  let newest: HostSnapshot | undefined;
  const intervalMs = (): number => newest?.intervalMs ?? live.fleet.peek()?.intervalMs ?? defaultIntervalMs;
  const show = (): void => {
    snapshot.value = newest;
    revision.value += 1;
  };

  const unsubscribe = live.connection.subscribe(hostDestination(host), (body, { hasMissed }) => {
    if (hasMissed) drawSoon(refill);
    if (!isHostSnapshot(body)) return;
    newest = body;
    if (body.seenMs !== null && body.seenMs > (samples.at(-1)?.timeMs ?? 0)) {
      const sample = { timeMs: body.seenMs, panels: body.panels, units: body.units };
      samples.push(sample);
      if (samples.length > samplesKept) samples.shift();
      if (history.peek().phase !== 'loading') timeline.append(sample, intervalMs());
      timeline.trim(live.clock.serverMs(Date.now()) - rangeMs);
    }
    drawSoon(show);
  });

  const load = async (): Promise<void> => {
    request.abort.abort();
    request.abort = new AbortController();
    clearTimeout(request.retry);
    request.askedAtMs = Date.now();
    const toMs = live.clock.serverMs(request.askedAtMs);
    const answer = await fetchHistory(host, { fromMs: toMs - rangeMs, toMs }, request.abort.signal);
    if (answer === undefined) return;
    if (typeof answer === 'string') {
      if (history.peek().phase === 'loading')
        for (const sample of samples) timeline.append(sample, intervalMs());
      history.value = { phase: 'failed', reason: answer };
      request.retry = setTimeout(() => void load(), retryMs);
    } else {
      timeline.load(answer, samples, { toMs, intervalMs: intervalMs() });
      history.value = { phase: 'loaded' };
    }
    drawSoon(show);
  };
  /** Fetches what was missed: when the page is seen, and not for each of many holes. Errors end in `history`. */
  const refill = (): void => {
    clearTimeout(request.retry);
    request.retry = setTimeout(() => void load(), request.askedAtMs + refillMs - Date.now());
  };
  void load();

  return {
    snapshot,
    revision,
    history,
    timeline,
    host,
    rangeMs,
    isCoarse: () => timeline.folds(intervalMs()),
    close() {
      unsubscribe();
      dontDraw(refill);
      request.abort.abort();
      clearTimeout(request.retry);
    },
  };
}

/** The history, in words why there is none, or undefined where nobody waits for it any more. */
async function fetchHistory(
  host: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  abort: AbortSignal,
): Promise<HostHistory | string | undefined> {
  const query = new URLSearchParams({
    from: String(Math.round(fromMs)),
    to: String(Math.round(toMs)),
    points: String(points),
  });
  try {
    const response = await fetch(`/api/hosts/${encodeURIComponent(host)}/history?${query}`, {
      signal: abort,
    });
    if (!response.ok) return await refusalReason(response);
    const body: unknown = await response.json();
    return isHostHistory(body) ? body : 'unreadable answer';
  } catch (error) {
    if (abort.aborted) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
