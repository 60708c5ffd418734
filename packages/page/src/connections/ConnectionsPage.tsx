import '../style/connections.css';
import type { DestinationView, SessionEvent, SessionsBody, SessionView } from 'hostcast/sessions';
import { useEffect, useState } from 'preact/hooks';
import { formatValue, thinSpace, valueText } from '../format.ts';
import { useLive } from '../live/live.ts';
import { useQuery } from '../parts/urlState.ts';
import { useTitle } from '../parts/useTitle.ts';
import { texts } from '../texts/texts.ts';
import { cursorTime } from '../times.ts';
import { DestinationList, Rounds } from './DestinationList.tsx';
import { LogList, Older } from './LogList.tsx';
import { NowList } from './NowList.tsx';
import { SaveShown } from './SaveShown.tsx';
import { wentWrong } from './sessionLog.ts';
import { openSessions, type SessionsFeed } from './sessionsFeed.ts';
import { words } from './words.ts';

/** Without a push for this long what is shown may be otherwise by now: two of them are missing. */
const lateMs = 12_000;

/** Who is connected, who came and went, what is looked at, and what all of it costs. */
export function ConnectionsPage() {
  useTitle(texts.connections);
  const live = useLive();
  const [feed, setFeed] = useState<SessionsFeed>();
  useEffect(() => {
    const opened = openSessions(live);
    setFeed(opened);
    return opened.close;
  }, [live]);
  const body = feed?.body.value;
  if (!feed || !body) {
    // It is told within a second, and the connection stands already: not what the page waits for.
    const isConnected = live.connection.link.value.phase === 'connected';
    return <p class="notice muted">{isConnected ? words().waiting : texts.connecting}</p>;
  }
  return <Connections feed={feed} body={body} />;
}

function Connections({ feed, body }: { feed: SessionsFeed; body: SessionsBody }) {
  const live = useLive();
  const [{ tab = '' }] = useQuery();
  const isLate = live.connection.link.value.phase !== 'connected' || live.serverMs.value - body.time > lateMs;
  return (
    <div class={isLate ? 'conn late' : 'conn'}>
      <div class="conn-head">
        <h1>{texts.connections}</h1>
        <Cost body={body} />
        {isLate ? <p class="late-words">{words().asOf(cursorTime(body.time, 0))}</p> : null}
      </div>
      <div class="conn-bar">
        <Tabs current={tab} body={body} />
        <Filters isLog={tab === 'log'} />
      </div>
      {tab === 'log' ? (
        <Log feed={feed} />
      ) : tab === 'destinations' ? (
        <Destinations body={body} />
      ) : (
        <Now body={body} />
      )}
    </div>
  );
}

/** `17 viewers · 0.3 queries/s · 41 messages/s · …` */
function Cost({ body: { cost } }: { body: SessionsBody }) {
  const say = words();
  const parts = [
    say.viewers(cost.viewers),
    say.queriesPerSecond(rateText(cost.queriesPerSecond)),
    say.messagesPerSecond(rateText(cost.messagesPerSecond)),
    valueText(cost.bytesPerSecond, 'bytesPerSecond'),
    say.cpu(valueText(cost.cpuPercent, 'percent')),
    valueText(cost.rssBytes, 'bytes'),
  ];
  return (
    <p class="conn-cost" title={say.cost}>
      {parts.join(' · ')}
    </p>
  );
}

function rateText(rate: number): string {
  if (rate < 100) return rate.toFixed(rate < 9.95 ? 1 : 0);
  const { figure, unit } = formatValue(rate, 'count');
  return unit === '' ? rate.toFixed(0) : figure + thinSpace + unit;
}

function Tabs({ current, body }: { current: string; body: SessionsBody }) {
  const say = words();
  const tabs: readonly (readonly [key: string, title: string, count?: number])[] = [
    ['', say.now, body.total],
    ['log', say.log],
    ['destinations', say.destinations, body.destinationCount],
  ];
  const known = tabs.some(([key]) => key === current) ? current : '';
  return (
    <nav class="conn-tabs" aria-label={say.tabs}>
      {tabs.map(([key, title, count]) => (
        <a
          key={key}
          href={key === '' ? '/connections' : `/connections?tab=${key}`}
          aria-current={key === known ? 'page' : undefined}
        >
          {title} {count === undefined ? null : <span class="muted">{count}</span>}
        </a>
      ))}
    </nav>
  );
}

function Filters({ isLog }: { isLog: boolean }) {
  const say = words();
  const [{ q = '', show = '' }, change] = useQuery();
  return (
    <div class="conn-filters">
      {isLog ? (
        <label class="conn-choice">
          {say.show}{' '}
          <select value={show} onChange={({ currentTarget }) => change({ show: currentTarget.value })}>
            <option value="">{say.all}</option>
            <option value="connect">{say.events.connect}</option>
            <option value="disconnect">{say.events.disconnect}</option>
            <option value="refused">{say.events.refused}</option>
            <option value="wrong">{say.wrong}</option>
          </select>
        </label>
      ) : null}
      <input
        type="search"
        class="filter"
        placeholder={say.filter}
        aria-label={say.filter}
        aria-keyshortcuts="/"
        value={q}
        onInput={({ currentTarget }) => change({ q: currentTarget.value })}
      />
      <SaveShown />
    </div>
  );
}

function Now({ body: { sessions, total } }: { body: SessionsBody }) {
  const shown = useFiltered(sessions, textOfSession);
  return (
    <>
      {shown.length === 0 ? (
        <Nothing has={total > 0} otherwise={words().nobody} />
      ) : (
        <NowList sessions={shown} />
      )}
      {total > sessions.length ? (
        <p class="conn-note muted">{words().newestOf(sessions.length, total)}</p>
      ) : null}
    </>
  );
}

function Log({ feed }: { feed: SessionsFeed }) {
  const [{ show = '' }] = useQuery();
  const log = feed.log.value;
  const chosen = log.filter(
    (event) => show === '' || (show === 'wrong' ? wentWrong(event) : event.event === show),
  );
  const shown = useFiltered(chosen, textOfEvent);
  return (
    <>
      {shown.length === 0 ? (
        <Nothing has={log.length > 0} otherwise={words().nothingYet} />
      ) : (
        <LogList events={shown} />
      )}
      <Older known={log.length} fetchAll={feed.fetchLog} />
    </>
  );
}

function Destinations({ body: { queries, destinations, destinationCount } }: { body: SessionsBody }) {
  const shown = useFiltered(destinations, ({ destination }: DestinationView) => destination);
  return (
    <>
      <Rounds queries={queries} />
      {shown.length === 0 ? (
        <Nothing has={destinations.length > 0} otherwise={words().noDestinations} />
      ) : (
        <DestinationList destinations={shown} />
      )}
      {destinationCount > destinations.length ? (
        <p class="conn-note muted">{words().shown(destinations.length, destinationCount)}</p>
      ) : null}
    </>
  );
}

function Nothing({ has, otherwise }: { has: boolean; otherwise: string }) {
  return <p class="notice muted">{has ? words().noneMatch : otherwise}</p>;
}

/** The rows whose text holds each word of the filter in the address, in any case. */
function useFiltered<Row>(rows: readonly Row[], textOf: (row: Row) => string): readonly Row[] {
  const [{ q = '' }] = useQuery();
  const wanted = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return rows;
  return rows.filter((row) => {
    const text = textOf(row).toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

function textOfSession({ id, user, address, transport, subscriptions }: SessionView): string {
  const wanted = subscriptions.map(({ destination }) => destination);
  return [id, user ?? words().anonymous, address, transport, ...wanted].join(' ');
}

function textOfEvent({ session, user, address, reason, detail, by }: SessionEvent): string {
  const why = reason === undefined ? '' : words().reasons[reason];
  return [session, user ?? words().anonymous, address, why, detail, by].join(' ');
}
