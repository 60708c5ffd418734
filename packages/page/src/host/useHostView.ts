import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ChartView, Stretch } from '../charts/view.ts';
import { afterDrawing } from '../live/frames.ts';
import type { HistoryState } from '../live/history.ts';
import { hostNowMs } from '../live/hostClock.ts';
import { type HostFeed, openHost } from '../live/hostFeed.ts';
import { type HostPast, openPast } from '../live/hostPast.ts';
import { type Live, useLive } from '../live/live.ts';
import { stateText } from '../parts/State.tsx';
import { type QueryChanges, useQuery } from '../parts/urlState.ts';
import { texts } from '../texts/texts.ts';
import { fittingRange, fittingStretch, needsOther, type Range, rangeOf, stretchOf } from './ranges.ts';

/** What of a host is shown, as the address asks for it. */
export interface HostView {
  /** The range that is live, also while a stretch is shown that stands still. */
  readonly range: Range;
  /** The stretch that stands still. */
  readonly still: Stretch | undefined;
  /** Undefined until there is something to show. */
  readonly feed: HostFeed | undefined;
  readonly charts: ChartView | undefined;
  /** Now on the time axis of its charts, epoch ms. */
  nowMs(): number;
  /** How the fetching of what is shown stands. */
  readonly history: ReadonlySignal<HistoryState> | undefined;
}

/** Follows a host over the range or the stretch in the address. */
export function useHostView(host: string): HostView {
  const live = useLive();
  const [query, change] = useQuery();
  const still = stretchOf(query);
  const { feed, range } = useLiveFeed(live, host, { rangeId: query.range, isStill: still !== undefined });
  const { past, history } = usePast(feed, still);
  const nowMs = (): number => hostNowMs(live, host);
  const charts = useMemo(
    () =>
      feed && {
        shown: signal<ChartView['shown']['value']>({ source: feed, span: { newestMs: range.ms } }),
        nowMs,
        silence: () => silenceOf(live, host),
        zoom: (stretch: Stretch) => change(addressOf(fittingStretch(stretch)), true),
        back: () => change(addressOf(undefined)),
      },
    [feed?.host],
  );
  useEffect(() => {
    if (!charts || !feed) return;
    charts.shown.value = { source: (still && past) ?? feed, span: still ?? { newestMs: range.ms } };
  }, [charts, feed, past, still?.fromMs, still?.toMs, range.ms]);
  return { range, still, feed, charts, nowMs, history: history ?? feed?.history };
}

/** Why nothing comes of a host, as far as it is known: nothing can, or the host is silent. */
function silenceOf({ connection, fleet }: Live, host: string): string {
  if (connection.link.peek().phase !== 'connected') return texts.ended;
  const state = fleet.peek()?.hosts.find((row) => row.host === host)?.state ?? 'live';
  return state === 'live' ? '' : stateText(state).word;
}

/** What a stretch is in the address; undefined for what is live. */
export function addressOf(stretch: Stretch | undefined): QueryChanges {
  return { from: stretch && String(stretch.fromMs), to: stretch && String(stretch.toMs) };
}

/**
 * What is live of a host, over the range that was chosen or, where none was, over the shortest that has all of its data:
 * what there is, is shown first, and then made finer.
 */
function useLiveFeed(
  live: Live,
  host: string,
  { rangeId, isStill }: { rangeId: string | undefined; isStill: boolean },
): { feed: HostFeed | undefined; range: Range } {
  const chosen = rangeOf(rangeId);
  const isChosen = rangeId !== undefined;
  const [fitted, setFitted] = useState<{ host: string; rangeMs: number }>();
  const rangeMs = !isChosen && fitted?.host === host ? fitted.rangeMs : chosen.ms;
  const feed = useHostFeed(live, host, rangeMs);
  const fitting = useFittingRange(live, feed, chosen);
  const range = isChosen ? chosen : fitting;
  const isOther = feed?.rangeMs === rangeMs && needsOther(range.ms, { rangeMs, isCoarse: feed.isCoarse() });
  useEffect(() => {
    if (isChosen || isStill || !isOther) return undefined;
    return afterDrawing(() => setFitted({ host, rangeMs: range.ms }));
  }, [isChosen, isStill, isOther, host, range.ms]);
  return { feed, range };
}

/** The feed of a host; of the same host over another range, the one before it until the new one has its past. */
function useHostFeed(live: Live, host: string, rangeMs: number): HostFeed | undefined {
  const [feed, setFeed] = useState<HostFeed>();
  useEffect(() => {
    const opened = openHost(live, host, rangeMs);
    const stop = effect(() => {
      if (opened.history.value.phase !== 'loading') setFeed(opened);
    });
    return () => {
      stop();
      opened.close();
    };
  }, [live, host, rangeMs]);
  return feed?.host === host ? feed : undefined;
}

/** The range that a host's data fills, where none was chosen. */
function useFittingRange(live: Live, feed: HostFeed | undefined, range: Range): Range {
  const fitting = useMemo(
    () =>
      computed(() => {
        void feed?.revision.value;
        return fittingRange(range, feed?.timeline.times[0], feed ? hostNowMs(live, feed.host) : 0);
      }),
    [live, feed, range],
  );
  return fitting.value;
}

/**
 * The past of a stretch that stands still, where the feed, which stands still with it, has not all of it or not as
 * finely; the one before it until it is there.
 */
function usePast(
  feed: HostFeed | undefined,
  still: Stretch | undefined,
): { past: HostPast | undefined; history: ReadonlySignal<HistoryState> | undefined } {
  const [past, setPast] = useState<HostPast>();
  const [history, setHistory] = useState<ReadonlySignal<HistoryState>>();
  useEffect(() => {
    if (!feed) return undefined;
    feed.hold(still !== undefined);
    const isThere = !still || (feed.covers(still) && !isTooCoarse(feed, still));
    const opened = isThere ? undefined : openPast(feed.host, still);
    setHistory(opened?.history);
    if (!opened) {
      setPast(undefined);
      return undefined;
    }
    const stop = effect(() => {
      if (opened.history.value.phase === 'loaded') setPast(opened);
    });
    return () => {
      stop();
      opened.close();
    };
  }, [feed, still?.fromMs, still?.toMs]);
  return { past: past?.host === feed?.host ? past : undefined, history };
}

function isTooCoarse(feed: HostFeed, { fromMs, toMs }: Stretch): boolean {
  // A little less than the range is not worth a request: that is what pausing it shows.
  return feed.isCoarse() && 1.01 * (toMs - fromMs) < feed.rangeMs;
}
