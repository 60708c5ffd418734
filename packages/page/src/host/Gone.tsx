import { ageText } from '../format.ts';
import { hostAgeMs } from '../live/age.ts';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { changedQuery } from '../parts/urlState.ts';
import { texts } from '../texts/texts.ts';
import { cursorTime } from '../times.ts';
import { lastStretch } from './ranges.ts';
import { addressOf } from './useHostView.ts';

const hourMs = 3_600_000;

/** Since when a host that is gone is silent, and the way to what it said last. */
export function Gone({ row, rangeMs }: { row: HostRow; rangeMs: number }) {
  const { seenMs, skewMs } = row;
  const ageMs = hostAgeMs(row, useLive().serverMs.value);
  if (seenMs === null || ageMs === null) return null;
  // By the server’s clock, as its age is; yesterday’s 09:30 is told with its date.
  const since = cursorTime(seenMs - (skewMs ?? 0), ageMs < 12 * hourMs ? 0 : Number.POSITIVE_INFINITY);
  const changes = addressOf(lastStretch(seenMs, rangeMs));
  return (
    <p class="banner gone-words">
      {texts.noDataSince(since, ageText(ageMs))}{' '}
      <a class="button" href={location.pathname + changedQuery(location.search, changes)}>
        {texts.showLastData}
      </a>
    </p>
  );
}
