import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { ageText } from '../format.ts';
import { hostAgeMs } from '../live/age.ts';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { clockOffText } from '../parts/clockOffText.ts';
import { fullTime } from '../times.ts';

/** How old a host's newest data is, and whether its clock is wrong; counts on between snapshots, by its text alone. */
export function Age({ row, time }: { row: HostRow; time: number }) {
  const live = useLive();
  const text = useMemo(
    () => computed(() => ageText(hostAgeMs(row, Math.max(time, live.serverMs.value)) ?? 0)),
    [live, row, time],
  );
  const clockOff = clockOffText(row.skewMs);
  if (row.seenMs === null) return <span class="unknown">–</span>;
  return (
    <span class="age" title={fullTime(row.seenMs)}>
      {clockOff === '' ? null : (
        <span class="clock-off" title={clockOff}>
          <span aria-hidden="true">±</span>
          <span class="visually-hidden">{clockOff}</span>{' '}
        </span>
      )}
      {text}
    </span>
  );
}
