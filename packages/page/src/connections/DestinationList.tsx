import { hostOfDestination } from 'hostcast/destinations';
import type { DestinationView, QueriesView } from 'hostcast/sessions';
import { ageText, valueText } from '../format.ts';
import { Name } from '../names/Name.tsx';
import { Figure } from '../parts/Figure.tsx';
import { hostPath } from '../parts/hostPath.ts';
import { type Column, Listing } from './Listing.tsx';
import { Moment } from './Moment.tsx';
import { words } from './words.ts';

/** What is looked at. */
export function DestinationList({ destinations }: { destinations: readonly DestinationView[] }) {
  return (
    <Listing
      id="destinations"
      name={words().destinations}
      columns={columnsOf()}
      rows={destinations}
      keyOf={({ destination }) => destination}
    />
  );
}

/** The rounds of queries that all of it costs. */
export function Rounds({ queries }: { queries: QueriesView }) {
  const say = words();
  const { intervalMs, lastMs, p95Ms, skipped, failed } = queries;
  const ms = (value: number): string => valueText(value / 1_000, 'seconds');
  const took = lastMs === null || p95Ms === null ? say.noRoundYet : say.took(ms(lastMs), ms(p95Ms));
  return (
    <p class="conn-rounds">
      {say.rounds(ageText(intervalMs))}: <b>{took}</b>
      {' · '}
      <span class={skipped + failed > 0 ? 'late-words' : 'muted'}>{say.skipped(skipped, failed)}</span>
    </p>
  );
}

function columnsOf(): readonly Column<DestinationView>[] {
  const say = words();
  return [
    { key: 'destination', title: say.destination, value: ({ destination }) => destination, cell: Where },
    {
      key: 'viewers',
      title: say.viewersColumn,
      isFigure: true,
      value: ({ viewers }) => viewers,
      cell: ({ viewers }) => <Figure value={viewers} unit="count" />,
    },
    {
      key: 'every',
      title: say.every,
      isFigure: true,
      value: ({ intervalMs }) => intervalMs,
      cell: ({ intervalMs }) => (intervalMs === null ? say.onEvent : ageText(intervalMs)),
    },
    {
      key: 'published',
      title: say.published,
      isFigure: true,
      value: ({ publishedMs }) => publishedMs,
      cell: ({ publishedMs }) =>
        publishedMs === null ? <span class="unknown">–</span> : <Moment timeMs={publishedMs} />,
    },
    {
      key: 'size',
      title: say.size,
      isFigure: true,
      value: ({ bytes }) => bytes,
      cell: ({ bytes }) => <Figure value={bytes} unit="bytes" />,
    },
  ];
}

function Where({ destination }: DestinationView) {
  const host = hostOfDestination(destination);
  return (
    <span class="conn-where">
      <code>
        <Name text={destination} />
      </code>
      {host === null ? null : (
        <a href={hostPath(host)}>
          <Name text={host} />
        </a>
      )}
    </span>
  );
}
