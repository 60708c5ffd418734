import { ageText } from '../format.ts';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { hostAgeMs } from '../live/status.ts';
import { fullTime } from '../times.ts';

/**
 * How old a host's newest data is. That of a live host is the age at the last snapshot, so that a calm fleet
 * stands still between ticks; one that is late counts on.
 */
export function Age({ row, time }: { row: HostRow; time: number }) {
  const live = useLive();
  const counts = row.state !== 'live' || live.isLate.value;
  const ageMs = hostAgeMs(row, counts ? Math.max(time, live.serverMs.value) : time);
  if (ageMs === null || row.seenMs === null) return <span class="unknown">–</span>;
  return (
    <span class="age" title={fullTime(row.seenMs)}>
      {ageText(ageMs)}
    </span>
  );
}
