import { computed, effect } from '@preact/signals';
import { panels } from 'hostcast/metrics';
import type { HostSnapshot } from 'hostcast/snapshots';
import { Fragment } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Chart, specKey } from '../charts/Chart.tsx';
import { type ChartSpec, knownCharts } from '../charts/specs.ts';
import { unknownCharts } from '../charts/unknownCharts.ts';
import type { ChartView } from '../charts/view.ts';
import type { HistoryState } from '../live/history.ts';
import type { HostFeed } from '../live/hostFeed.ts';
import { useLive } from '../live/live.ts';
import type { HostRow, KnownState } from '../live/snapshots.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { clockOffText } from '../parts/clockOffText.ts';
import { Forbidden } from '../parts/Forbidden.tsx';
import { later } from '../parts/later.tsx';
import { standing } from '../parts/standing.ts';
import { Tags } from '../parts/Tags.tsx';
import { useTitle } from '../parts/useTitle.ts';
import { useRoute } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { Gone } from './Gone.tsx';
import { HostHeader } from './HostHeader.tsx';
import { Missing, NotDrawn } from './Missing.tsx';
import { Tiles } from './Tiles.tsx';
import { TimeBar } from './TimeBar.tsx';
import { type HostView, useHostView } from './useHostView.ts';

const RawTab = later(async () => (await import('./RawTab.tsx')).RawTab);

/** One host: what it is, how it is now, and how it was. */
export function HostPage() {
  const { params, query } = useRoute();
  const { host = '' } = params;
  const isRaw = query.tab === 'raw';
  useTitle(host);
  const live = useLive();
  const view = useHostView(host);
  useStanding(view);
  const { feed, charts } = view;
  const row = live.fleet.value?.hosts.find((candidate) => candidate.host === host);
  const snapshot = feed?.snapshot.value;
  if (!row && feed?.history.value.phase === 'forbidden') return <Forbidden />;
  const isLate = live.isLate.value || row?.state === 'unknown';
  const isStill = view.still !== undefined;
  const shown = useKept(host, { row, snapshot }, isStill);
  const clockOff = isLate || isRaw ? '' : clockOffText(row?.skewMs);
  const isThere = row !== undefined || snapshot !== undefined || !live.fleet.value || hasPast(view);
  return (
    <article class={isLate ? 'host late' : `host row-${row?.state ?? 'live'}`}>
      <HostHeader host={host} {...shown} state={row?.state ?? snapshot?.state} isLate={isLate} />
      {row || snapshot ? <Tiles {...shown} /> : null}
      {isThere ? <TimeBar view={view} host={host} isRaw={isRaw} /> : null}
      {clockOff === '' ? null : <p class="banner">{clockOff}</p>}
      {row?.state === 'gone' && !isLate && !isStill && !isRaw ? (
        <Gone row={row} rangeMs={view.range.ms} />
      ) : null}
      {isRaw && isThere ? (
        <RawTab host={host} snapshot={snapshot} isStill={isStill} />
      ) : feed && charts && view.history ? (
        <Panels {...{ feed, charts, isLate }} history={view.history.value} state={row?.state} />
      ) : (
        <p class="notice card muted">{texts.loadingHistory}</p>
      )}
    </article>
  );
}

/** How a host is now, as it is told beside its charts. */
interface Now {
  readonly row: HostRow | undefined;
  readonly snapshot: HostSnapshot | undefined;
}

/** What stands still together with the charts: two moments side by side would tell neither. */
function useKept(host: string, now: Now, isStill: boolean): Now {
  const kept = useRef<Now & { readonly host: string }>(undefined);
  const { current } = kept;
  const isFirst = current?.host !== host || !current.row || !current.snapshot;
  if (!isStill || isFirst) kept.current = { host, ...now };
  return { row: kept.current?.row, snapshot: kept.current?.snapshot };
}

/** Lets the bar say while the charts stand still. */
function useStanding({ still, feed, charts }: HostView): void {
  const isStill = still !== undefined;
  useEffect(() => {
    if (!isStill || !feed || !charts) return undefined;
    const stop = effect(() => {
      const isPaused = charts.shown.value.source === feed;
      standing.value = isPaused ? { kind: 'paused', missed: feed.missed.value } : { kind: 'past' };
    });
    return () => {
      stop();
      standing.value = undefined;
    };
  }, [isStill, feed, charts]);
}

/** Whether anything was ever drawn of a host that doesn't report. */
function hasPast({ charts }: HostView): boolean {
  if (!charts) return false;
  const { source } = charts.shown.value;
  return source.revision.value > 0 && source.timeline.columns.size > 0;
}

interface PanelsProps {
  readonly feed: HostFeed;
  readonly charts: ChartView;
  readonly history: HistoryState;
  readonly state: KnownState | undefined;
  readonly isLate: boolean;
}

function Panels({ feed, charts, history, state, isLate }: PanelsProps) {
  const live = useLive();
  const { source, span } = charts.shown.value;
  // The panels change only when a series comes or goes; the charts follow the data by themselves.
  const shape = useMemo(() => computed(() => source.revision.value > 0 && source.timeline.shape), [source]);
  void shape.value;
  const { columns, units } = source.timeline;
  const known = knownCharts(columns);
  const unknown = unknownCharts(columns, units);
  const specs = [...known.charts, ...unknown.charts];
  const failure = history.phase === 'failed' ? texts.historyFailed(history.reason, !isLate) : undefined;
  if (columns.size === 0) return <Nothing {...{ feed, failure, state }} isStill={!('newestMs' in span)} />;
  return (
    <>
      {failure === undefined ? null : (
        <p class="banner" role="status">
          {failure}
        </p>
      )}
      <section aria-label={texts.charts}>
        {[...new Set(specs.map(({ of }) => of?.measurement))].map((name) => (
          <Fragment key={name}>
            <PanelsHead spec={specs.find(({ of }) => of && of.measurement === name)} />
            <div class="panels">
              {specs
                .filter(({ of }) => of?.measurement === name)
                .map((spec) => (
                  <Chart key={specKey(spec)} spec={spec} view={charts} live={live} />
                ))}
            </div>
          </Fragment>
        ))}
      </section>
      <NotDrawn leftOut={unknown.leftOut} unsent={feed.snapshot.value?.leftOut} />
      <Missing panels={known.missing} />
    </>
  );
}

interface NothingProps {
  readonly feed: HostFeed;
  readonly failure: string | undefined;
  /** Undefined where the fleet doesn't know it. */
  readonly state: KnownState | undefined;
  readonly isStill: boolean;
}

/** The measurement whose charts follow, and what its series are told apart by. */
function PanelsHead({ spec }: { spec: ChartSpec | undefined }) {
  if (!spec?.of) return null;
  const { of, subtitle } = spec;
  return (
    <header class="panels-head" id={panels.find(({ measurement }) => measurement === of.measurement)?.id}>
      <h2>
        <Name text={of.measurement} />
      </h2>
      {of.tags.length > 0 ? <Tags tags={of.tags} /> : <p class="muted">{visibleText(subtitle)}</p>}
    </header>
  );
}

/** Why there are no charts. */
function Nothing({ feed, failure, state, isStill }: NothingProps) {
  const isFleetKnown = useLive().fleet.value !== undefined;
  if (failure !== undefined) return <p class="notice card late-words">{failure}</p>;
  if (!isFleetKnown) return <p class="notice card muted">{texts.loadingHost}</p>;
  if (state !== undefined) {
    const isOver = isStill || state === 'gone';
    return <p class="notice card muted">{isOver ? texts.nothingThen : texts.loadingHost}</p>;
  }
  return (
    <div class="notice card">
      <p>{texts.unknownHost(visibleText(feed.host))}</p>
      <p class="muted">{texts.unknownHostHint}</p>
      <a href="/">{texts.backToFleet}</a>
    </div>
  );
}
