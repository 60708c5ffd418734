import { useState } from 'preact/hooks';
import { stretchAt } from '../charts/view.ts';
import { later } from '../parts/later.tsx';
import { SaveChoice } from '../parts/SaveChoice.tsx';
import type { SaveFormat } from '../parts/save.ts';
import { changedQuery, type QueryChanges, useQuery } from '../parts/urlState.ts';
import { texts } from '../texts/texts.ts';
import { stretchText } from '../times.ts';
import { fittingStretch, ranges } from './ranges.ts';
import { addressOf, type HostView } from './useHostView.ts';

const CustomRange = later(async () => (await import('./CustomRange.tsx')).CustomRange);

interface TimeBarProps {
  readonly view: HostView;
  readonly host: string;
  /** Whether the newest snapshot is shown as it came, and not the charts. */
  readonly isRaw: boolean;
}

/** What of time the charts show: ranges, a stretch of one's own, and whether it moves on. */
export function TimeBar({ view, host, isRaw }: TimeBarProps) {
  const [isChoosing, setChoosing] = useState(false);
  const { still } = view;
  return (
    <div class="time-bar">
      {isRaw ? (
        <a class="back" href={hrefWith({ tab: undefined })}>
          ← {texts.charts}
        </a>
      ) : (
        <Ranges view={view} isChoosing={isChoosing} choose={() => setChoosing(!isChoosing)} />
      )}
      {still ? <time class="stretch">{stretchText(still.fromMs, still.toMs)}</time> : null}
      {still && view.history?.value.phase === 'loading' ? (
        <span class="muted" role="status">
          {texts.loadingHistory}
        </span>
      ) : null}
      <span class="time-tools">
        <a
          class="button"
          href={hrefWith({ tab: isRaw ? undefined : 'raw' })}
          aria-current={isRaw ? 'page' : undefined}
        >
          {texts.raw}
        </a>
        <SaveHost view={view} host={host} />
        <Pause view={view} />
      </span>
      {isChoosing && !isRaw ? <CustomRange view={view} onDone={() => setChoosing(false)} /> : null}
    </div>
  );
}

/** Where the address leads with these changes. */
function hrefWith(changes: QueryChanges): string {
  return location.pathname + changedQuery(location.search, changes);
}

interface RangesProps {
  readonly view: HostView;
  readonly isChoosing: boolean;
  readonly choose: () => void;
}

/** How far back the charts go; links, so that a range has an address. */
function Ranges({ view, isChoosing, choose }: RangesProps) {
  return (
    <nav class="ranges" aria-label={texts.range}>
      {ranges.map(({ id, label }, index) => (
        <a
          key={id}
          href={hrefWith({ ...addressOf(undefined), range: id })}
          aria-current={!view.still && id === view.range.id ? 'true' : undefined}
          aria-keyshortcuts={String(index + 1)}
        >
          {label()}
        </a>
      ))}
      <button type="button" aria-expanded={isChoosing} onClick={choose}>
        {texts.customRange}
      </button>
    </nav>
  );
}

/** The way to take along what is shown. */
function SaveHost({ view, host }: { view: HostView; host: string }) {
  const save = async (format: SaveFormat): Promise<void> => {
    if (!view.charts) return;
    const { source, span } = view.charts.shown.peek();
    const { times, columns } = source.timeline;
    const { saveHost } = await import('./saveHost.ts');
    saveHost({ host, times, columns, ...stretchAt(span, view.nowMs()) }, format);
  };
  return <SaveChoice id="host-save" save={save} />;
}

/** Lets the charts stand still, or go on; counts what came meanwhile. */
function Pause({ view }: { view: HostView }) {
  const [, change] = useQuery();
  const { feed, charts, still } = view;
  if (still) {
    const missed = feed?.missed.value ?? 0;
    return (
      <button
        type="button"
        class="button pause"
        title={texts.backToLiveKeys}
        aria-keyshortcuts="Space Escape"
        onClick={() => change(addressOf(undefined))}
      >
        <span class="state-live">
          <span class="state-shape" aria-hidden="true">
            ●
          </span>
        </span>{' '}
        {texts.backToLive}
        {missed > 0 ? ` (+${missed})` : ''}
      </button>
    );
  }
  return (
    <button
      type="button"
      class="button pause"
      title={texts.pauseKey}
      aria-keyshortcuts="Space"
      disabled={!charts}
      onClick={() => change(addressOf(fittingStretch(stretchAt({ newestMs: view.range.ms }, view.nowMs()))))}
    >
      <span aria-hidden="true">‖</span> {texts.pause}
    </button>
  );
}
