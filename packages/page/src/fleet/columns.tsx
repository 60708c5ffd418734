import type { ComponentChildren } from 'preact';
import { ageText, durationText } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { Figure, NetworkRate } from '../parts/Figure.tsx';
import { Meter } from '../parts/Meter.tsx';
import { texts } from '../texts/texts.ts';
import { Load } from './Load.tsx';
import type { SortKey } from './order.ts';
import type { Totals } from './totals.ts';

/** What a column is called: by the same words as its key. */
export function columnTitle(key: SortKey): string {
  return texts[key];
}

/** What a column says of a host, or of several as one; of these it may have nothing to say. */
export function columnCell(key: SortKey, row: Totals & Partial<HostRow>): ComponentChildren {
  switch (key) {
    case 'cpu':
    case 'memory':
    case 'swap':
    case 'disk':
    case 'diskBusy':
      return <Meter kind={key} percent={row[key]} />;
    case 'load':
      return <Load load1={row.load1} cores={row.cores} />;
    case 'netIn':
    case 'netOut':
      return <NetworkRate value={row[key]} />;
    case 'diskRead':
    case 'diskWrite':
      return <Figure value={row[key]} unit="bytesPerSecond" />;
    case 'uptime':
      return row.uptime === undefined ? null : <Uptime seconds={row.uptime} />;
    case 'state':
    case 'host':
    case 'age':
      // The table's own: a link, and a text that counts on between snapshots.
      return null;
  }
}

function Uptime({ seconds }: { seconds: number | null }) {
  if (seconds === null) return <span class="unknown">–</span>;
  return (
    <span class="figure" title={durationText(seconds * 1_000)}>
      {ageText(seconds * 1_000)}
    </span>
  );
}
