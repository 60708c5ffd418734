import type { SessionEvent } from 'hostcast/sessions';
import { useState } from 'preact/hooks';
import { durationText } from '../format.ts';
import { Name } from '../names/Name.tsx';
import { Figure } from '../parts/Figure.tsx';
import { texts } from '../texts/texts.ts';
import { type Column, Listing } from './Listing.tsx';
import { Moment } from './Moment.tsx';
import { SessionId } from './SessionId.tsx';
import { keyOf, pushedEvents } from './sessionLog.ts';
import { Who } from './Who.tsx';
import { eventText, words } from './words.ts';

/** Who came, went and was turned away. */
export function LogList({ events }: { events: readonly SessionEvent[] }) {
  return <Listing id="log" name={words().log} columns={columnsOf()} rows={events} keyOf={keyOf} />;
}

interface OlderProps {
  /** How much of the log is known. */
  readonly known: number;
  readonly fetchAll: () => Promise<string | undefined>;
}

/** The way to what is older than what was pushed. */
export function Older({ known, fetchAll }: OlderProps) {
  const [isFetched, setFetched] = useState(false);
  const [failure, setFailure] = useState<string>();
  const act = async (): Promise<void> => {
    const reason = await fetchAll();
    setFailure(reason);
    setFetched(reason === undefined);
  };
  // Exactly so many are known at first, and after an absence in which more happened.
  if (known < pushedEvents || (isFetched && known > pushedEvents)) return null;
  return (
    <p class="conn-note">
      <button type="button" class="link-button" onClick={() => void act()}>
        {words().older}
      </button>{' '}
      <span class="conn-error" role="alert">
        {failure === undefined ? null : words().olderFailed(failure)}
      </span>
    </p>
  );
}

function columnsOf(): readonly Column<SessionEvent>[] {
  const say = words();
  return [
    {
      key: 'time',
      title: texts.time,
      value: ({ time }) => time,
      cell: ({ time }) => <Moment timeMs={time} />,
    },
    { key: 'event', title: say.event, value: ({ event }) => say.events[event], cell: Happened },
    { key: 'user', title: say.user, value: ({ user }) => user, cell: ({ user }) => <Who user={user} /> },
    { key: 'address', title: say.address, value: ({ address }) => address, cell: ({ address }) => address },
    { key: 'session', title: say.session, cell: ({ session }) => <SessionId id={session} /> },
    { key: 'what', title: say.what, value: (event) => eventText(event).what, cell: What },
    {
      key: 'lasted',
      title: say.lasted,
      isFigure: true,
      value: ({ lastedMs = null }) => lastedMs,
      cell: ({ lastedMs }) => (lastedMs === undefined ? null : durationText(lastedMs)),
    },
    {
      key: 'messages',
      title: say.messages,
      isFigure: true,
      value: ({ messages = null }) => messages,
      cell: ({ messages }) => (messages === undefined ? null : <Figure value={messages} unit="count" />),
    },
  ];
}

const tones: ReadonlyMap<string | undefined, 'warn' | 'critical'> = new Map([
  ['heartbeat', 'warn'],
  ['slow', 'warn'],
  ['kicked', 'warn'],
  ['unauthorized', 'warn'],
  ['protocol', 'critical'],
  ['forbidden', 'critical'],
]);

function Happened({ event, reason }: SessionEvent) {
  const tone = event === 'refused' ? 'critical' : tones.get(reason);
  const shape = event === 'connect' ? '→' : event === 'disconnect' ? (tone ? '▲' : '←') : '✕';
  return (
    <span class={`conn-event ${tone ? `conn-${tone}` : ''}`}>
      <span aria-hidden="true">{shape}</span> {words().events[event]}
    </span>
  );
}

function What(event: SessionEvent) {
  const { by, count } = event;
  const { what, detail } = eventText(event);
  if (what === '') return null;
  return (
    <>
      {what}
      {detail === undefined ? null : <span class="muted">: {detail}</span>}
      {by === undefined ? null : (
        <span class="muted">
          {' '}
          {words().by('')}
          <Name text={by} />
        </span>
      )}
      {count === undefined ? null : <span class="tag conn-count">{words().times(count)}</span>}
    </>
  );
}
