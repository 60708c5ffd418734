import { hostPath } from '../parts/hostPath.ts';
import { texts } from '../texts/texts.ts';
import { type Range, ranges } from './ranges.ts';

/** How far back the charts go; links, so that a range has an address. */
export function RangePicker({ host, chosen }: { host: string; chosen: Range }) {
  return (
    <nav class="ranges" aria-label={texts.range}>
      {ranges.map(({ id, label }) => (
        <a
          key={id}
          href={`${hostPath(host)}?range=${id}`}
          aria-current={id === chosen.id ? 'true' : undefined}
        >
          {label}
        </a>
      ))}
    </nav>
  );
}
