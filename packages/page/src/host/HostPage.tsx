import { computed, effect } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Chart, specKey } from '../charts/Chart.tsx';
import { knownCharts } from '../charts/specs.ts';
import { unknownCharts } from '../charts/unknownCharts.ts';
import { afterDrawing } from '../live/frames.ts';
import { type HostFeed, openHost } from '../live/hostFeed.ts';
import { type Live, useLive } from '../live/live.ts';
import { visibleText } from '../names/visible.ts';
import { useTitle } from '../parts/useTitle.ts';
import { texts } from '../texts/texts.ts';
import { HostHeader } from './HostHeader.tsx';
import { Missing, NotDrawn } from './Missing.tsx';
import { RangePicker } from './RangePicker.tsx';
import { fittingRange, needsOther, type Range, rangeOf } from './ranges.ts';
import { Tiles } from './Tiles.tsx';

/** One host: what it is, how it is now, and how it was. */
export function HostPage() {
  const { params, query } = useRoute();
  const host = params.host ?? '';
  const range = rangeOf(query.range);
  useTitle(host);
  const live = useLive();
  const [fitted, setFitted] = useState<{ host: string; rangeMs: number }>();
  const isChosen = query.range !== undefined;
  const rangeMs = !isChosen && fitted?.host === host ? fitted.rangeMs : range.ms;
  const feed = useHostFeed(live, host, rangeMs);
  const fitting = useFittingRange(live, feed, range);
  const shown = isChosen ? range : fitting;
  const isOther = feed?.rangeMs === rangeMs && needsOther(shown.ms, { rangeMs, isCoarse: feed.isCoarse() });
  useEffect(() => {
    if (isChosen || !isOther) return undefined;
    // What there is, is shown first, and then made finer.
    return afterDrawing(() => setFitted({ host, rangeMs: shown.ms }));
  }, [isChosen, isOther, host, shown.ms]);

  const row = live.fleet.value?.hosts.find((candidate) => candidate.host === host);
  const snapshot = feed?.snapshot.value;
  const isLate = live.isLate.value || row?.state === 'unknown';
  return (
    <article class={isLate ? 'host late' : `host row-${row?.state ?? 'live'}`}>
      <HostHeader host={host} row={row} snapshot={snapshot} isLate={isLate} />
      {row || snapshot ? <Tiles row={row} snapshot={snapshot} /> : null}
      <RangePicker host={host} chosen={shown} />
      {feed ? (
        <Panels feed={feed} isKnown={row !== undefined} isLate={isLate} spanMs={shown.ms} />
      ) : (
        <p class="notice card muted">{texts.loadingHistory}</p>
      )}
    </article>
  );
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
        return fittingRange(range, feed?.timeline.times[0], live.clock.serverMs(Date.now()));
      }),
    [live, feed, range],
  );
  return fitting.value;
}

interface PanelsProps {
  readonly feed: HostFeed;
  readonly isKnown: boolean;
  readonly isLate: boolean;
  readonly spanMs: number;
}

function Panels({ feed, isKnown, isLate, spanMs }: PanelsProps) {
  const live = useLive();
  const history = feed.history.value;
  // The panels change only when a series comes or goes; the charts follow the data by themselves.
  const shape = useMemo(() => computed(() => feed.revision.value > 0 && feed.timeline.shape), [feed]);
  void shape.value;
  const known = knownCharts(feed.timeline.columns);
  const unknown = unknownCharts(feed.timeline.columns, feed.timeline.units);
  const charts = [...known.charts, ...unknown.charts];
  if (charts.length === 0) {
    if (history.phase === 'failed') {
      return <p class="notice card late-words">{texts.historyFailed(history.reason, !isLate)}</p>;
    }
    if (isKnown) return <p class="notice card muted">{texts.loadingHost}</p>;
    return (
      <div class="notice card">
        <p>{texts.unknownHost(visibleText(feed.host))}</p>
        <p class="muted">{texts.unknownHostHint}</p>
      </div>
    );
  }
  return (
    <>
      {history.phase === 'failed' ? (
        <p class="banner" role="status">
          {texts.historyFailed(history.reason, !isLate)}
        </p>
      ) : null}
      <section class="panels" aria-label={texts.charts}>
        {charts.map((spec) => (
          <Chart key={specKey(spec)} spec={spec} feed={feed} spanMs={spanMs} live={live} />
        ))}
      </section>
      <NotDrawn leftOut={unknown.leftOut} unsent={feed.snapshot.value?.leftOut} />
      <Missing panels={known.missing} />
    </>
  );
}
