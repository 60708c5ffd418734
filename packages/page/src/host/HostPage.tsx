import { useComputed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Chart, specKey } from '../charts/Chart.tsx';
import { chartSpecs } from '../charts/specs.ts';
import { type HostFeed, openHost } from '../live/hostFeed.ts';
import { useLive } from '../live/live.ts';
import { isOverdue } from '../live/status.ts';
import { useTitle } from '../parts/useTitle.ts';
import { texts } from '../texts.ts';
import { HostHeader } from './HostHeader.tsx';
import { Missing } from './Missing.tsx';
import { RangePicker } from './RangePicker.tsx';
import { rangeOf } from './ranges.ts';
import { Tiles } from './Tiles.tsx';

/** One host: what it is, how it is now, and how it was. */
export function HostPage() {
  const { params, query } = useRoute();
  const host = params.host ?? '';
  const range = rangeOf(query.range);
  useTitle(host);
  const live = useLive();
  const [feed, setFeed] = useState<HostFeed>();
  useEffect(() => {
    const opened = openHost(live, host, range.ms);
    setFeed(opened);
    return () => opened.close();
  }, [live, host, range.ms]);

  const row = useComputed(() => live.fleet.value?.hosts.find((candidate) => candidate.host === host)).value;
  const isLate = useComputed(() => {
    const { value: fleet } = live.fleet;
    return fleet !== undefined && isOverdue(fleet, live.serverMs.value);
  }).value;
  const snapshot = feed?.snapshot.value;
  return (
    <article class={isLate ? 'host late' : `host row-${row?.state ?? 'live'}`}>
      <HostHeader host={host} row={row} snapshot={snapshot} isLate={isLate} />
      <Tiles row={row} snapshot={snapshot} />
      <RangePicker host={host} chosen={range} />
      {feed ? <Panels feed={feed} isKnown={row !== undefined} host={host} /> : null}
    </article>
  );
}

function Panels({ feed, host, isKnown }: { feed: HostFeed; host: string; isKnown: boolean }) {
  const live = useLive();
  const history = feed.history.value;
  // The panels change only when a series comes or goes; the charts follow the data by themselves.
  const key = useComputed(() => `${feed.revision.value > 0 ? feed.timeline.shape : -1}`).value;
  if (key === '-1') return <p class="notice muted">{texts.loadingHistory}</p>;
  const { charts, missing } = chartSpecs(feed.timeline.columns);
  if (charts.length === 0) {
    if (history.phase === 'failed') return <p class="notice warn">{texts.historyFailed(history.reason)}</p>;
    if (isKnown) return <p class="notice muted">{texts.loadingHost}</p>;
    return (
      <div class="notice">
        <p>{texts.unknownHost(host)}</p>
        <p class="muted">{texts.unknownHostHint}</p>
      </div>
    );
  }
  return (
    <>
      {history.phase === 'failed' ? (
        <p class="banner" role="status">
          {texts.historyFailed(history.reason)}
        </p>
      ) : null}
      <section class="panels" aria-label={texts.charts}>
        {charts.map((spec) => (
          <Chart key={specKey(spec)} spec={spec} feed={feed} live={live} />
        ))}
      </section>
      <Missing panels={missing} />
    </>
  );
}
