import type { SessionView } from 'hostcast/sessions';
import { useState } from 'preact/hooks';
import { ageText } from '../format.ts';
import { useLive } from '../live/live.ts';
import { Name } from '../names/Name.tsx';
import { Figure } from '../parts/Figure.tsx';
import { Kick } from './Kick.tsx';
import { type Column, Listing } from './Listing.tsx';
import { Moment } from './Moment.tsx';
import { SessionId } from './SessionId.tsx';
import { Who, whoText } from './Who.tsx';
import { words } from './words.ts';

/** More than this waits only for who does not keep up: it is what is written ahead to everybody. */
const usualQueueBytes = 64 * 1024;

/** Who is connected now. */
export function NowList({ sessions }: { sessions: readonly SessionView[] }) {
  const [openId, setOpen] = useState('');
  const [kicked, setKicked] = useState<SessionView>();
  const own = useLive().connection.facts.session;
  const toggle = (id: string): void => setOpen(openId === id ? '' : id);
  return (
    <>
      <Listing
        id="now"
        name={words().now}
        columns={columnsOf({ own, openId, toggle, kick: setKicked })}
        rows={sessions}
        keyOf={({ id }) => id}
        details={(session) => (session.id === openId ? <Details session={session} /> : null)}
      />
      {kicked ? <Kick session={kicked} onClose={() => setKicked(undefined)} /> : null}
    </>
  );
}

interface Acts {
  readonly own: string;
  readonly openId: string;
  readonly toggle: (id: string) => void;
  readonly kick: (session: SessionView) => void;
}

function columnsOf(acts: Acts): readonly Column<SessionView>[] {
  return [...whoColumns(acts.own), subscriptionsColumn(acts), ...trafficColumns(), kickColumn(acts)];
}

function whoColumns(own: string): readonly Column<SessionView>[] {
  const say = words();
  return [
    {
      key: 'user',
      title: say.user,
      value: ({ user }) => user,
      cell: (session) => <Who {...session} isOwn={session.id === own} />,
    },
    { key: 'address', title: say.address, value: ({ address }) => address, cell: ({ address }) => address },
    { key: 'protocol', title: 'STOMP', value: protocolText, cell: protocolText },
    { key: 'session', title: say.session, cell: ({ id }) => <SessionId id={id} /> },
    {
      key: 'since',
      title: say.since,
      value: ({ since }) => since,
      cell: ({ since }) => <Moment timeMs={since} />,
    },
    { key: 'heartbeat', title: say.heartbeat, hint: say.heartbeatHint, cell: Heartbeat },
  ];
}

function subscriptionsColumn({ openId, toggle }: Acts): Column<SessionView> {
  const say = words();
  return {
    key: 'subscriptions',
    title: say.subscriptions,
    isFigure: true,
    value: ({ subscriptionCount }) => subscriptionCount,
    cell: (session) => (
      <button
        type="button"
        class="link-button"
        aria-expanded={session.id === openId}
        aria-label={say.subscriptionsOf(whoText(session), session.subscriptionCount)}
        onClick={() => toggle(session.id)}
      >
        {session.subscriptionCount} <span aria-hidden="true">{session.id === openId ? '▴' : '▾'}</span>
      </button>
    ),
  };
}

function trafficColumns(): readonly Column<SessionView>[] {
  const say = words();
  const figure = { isFigure: true };
  return [
    {
      ...{ key: 'messages', title: say.messages, ...figure },
      value: ({ messages }) => messages,
      cell: ({ messages }) => <Figure value={messages} unit="count" />,
    },
    {
      ...{ key: 'queue', title: say.queue, ...figure },
      value: ({ outboxBytes }) => outboxBytes,
      cell: Queue,
    },
    {
      ...{ key: 'conflated', title: say.conflated, ...figure },
      value: ({ conflated, dropped }) => conflated + dropped,
      cell: ({ conflated, dropped }) => (
        <span
          class={conflated + dropped === 0 ? 'muted' : undefined}
          title={say.conflatedHint(conflated, dropped)}
        >
          <Figure value={conflated + dropped} unit="count" />
        </span>
      ),
    },
    {
      ...{ key: 'roundTrip', title: say.roundTrip, ...figure },
      value: ({ roundTripMs }) => roundTripMs,
      cell: ({ roundTripMs: ms }) => <Figure value={ms === null ? null : ms / 1_000} unit="seconds" />,
    },
  ];
}

function kickColumn({ own, kick }: Acts): Column<SessionView> {
  const say = words();
  return {
    key: 'kick',
    title: say.kick,
    isAct: true,
    cell: (session) =>
      session.id === own ? null : (
        <button
          type="button"
          class="link-button"
          aria-label={say.kickLabel(whoText(session))}
          onClick={() => kick(session)}
        >
          {say.kick}
        </button>
      ),
  };
}

const transports = new Map([
  ['websocket', 'WebSocket'],
  ['tcp', 'TCP'],
  ['tls', 'TLS'],
]);

function protocolText({ version, transport }: SessionView): string {
  return `${version} ${transports.get(transport) ?? transport}`;
}

function Heartbeat({ heartbeat }: SessionView) {
  if (heartbeat === null) return <span class="unknown">–</span>;
  const { fromClient, fromServer } = heartbeat;
  const text = (ms: number): string => (ms === 0 ? words().noHeartbeat : ageText(ms));
  // Of who owes none it is not noticed that it is gone.
  return (
    <span class={fromClient === 0 ? 'late-words' : undefined}>
      {fromClient === 0 && fromServer === 0 ? text(0) : `${text(fromClient)} / ${text(fromServer)}`}
    </span>
  );
}

function Queue({ outboxBytes: bytes }: SessionView) {
  if (bytes <= usualQueueBytes) {
    return (
      <span class={bytes === 0 ? 'muted' : undefined}>
        <Figure value={bytes} unit="bytes" />
      </span>
    );
  }
  return (
    <span class="late-words">
      <span aria-hidden="true">▲</span> <Figure value={bytes} unit="bytes" />
    </span>
  );
}

function Details({ session }: { session: SessionView }) {
  const { id, subscriptions, subscriptionCount } = session;
  const more = subscriptionCount - subscriptions.length;
  return (
    <div class="conn-details">
      <p class="muted">
        {words().session} <code>{id}</code>
      </p>
      <ul>
        {subscriptions.map((subscription) => (
          <li key={subscription.id}>
            <code>
              <Name text={subscription.destination} />
            </code>
          </li>
        ))}
        {more > 0 ? <li class="muted">{words().more(more)}</li> : null}
      </ul>
    </div>
  );
}
