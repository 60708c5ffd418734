import type { DisconnectReason, StompServer } from '@hostcast/stomp';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Ingest } from '../ingest/ingest.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { HostState } from '../publish/snapshots.ts';
import type { Audit } from '../security/audit.ts';
import type { Forwarding, MetricStore } from '../store/metricStore.ts';

/** The parts of a server that count for themselves. */
export interface MeasuredParts {
  readonly stomp: StompServer;
  readonly publisher: Publisher;
  readonly ingest: Ingest;
  readonly store: MetricStore;
  readonly audit: Audit;
}

/** Values by label; one without label is under ''. */
type Values = Readonly<Record<string, number>>;

const reasons: Readonly<Record<DisconnectReason, 0>> = {
  client: 0,
  socket: 0,
  heartbeat: 0,
  protocol: 0,
  'auth-expired': 0,
  unauthorized: 0,
  forbidden: 0,
  slow: 0,
  kicked: 0,
  shutdown: 0,
};

const states: Readonly<Record<HostState, 0>> = { live: 0, delayed: 0, stale: 0, gone: 0 };

/** Registers what is read off the parts at each scrape; nothing runs in between. */
export function measureParts(parts: MeasuredParts, registry: Registry): void {
  viewers(parts, registry);
  messages(parts, registry);
  figures(parts, registry);
  refusals(parts, registry);
}

function viewers({ stomp }: MeasuredParts, registry: Registry): void {
  const sessions = () => stomp.stats().sessions;
  gauge(registry, 'hostcast_sessions', 'Viewers now: STOMP sessions.', () => sessions().connected);
  gauge(
    registry,
    'hostcast_subscriptions',
    'Subscriptions of all sessions now.',
    () => stomp.stats().subscriptions,
  );
  counter(registry, 'hostcast_connects_total', 'Sessions that were CONNECTED.', () => sessions().total);
  counter(
    registry,
    'hostcast_disconnects_total',
    'Sessions that ended, by reason.',
    () => ({ ...reasons, ...sessions().disconnected }),
    'reason',
  );
}

function messages({ stomp, publisher }: MeasuredParts, registry: Registry): void {
  counter(
    registry,
    'hostcast_snapshots_sent_total',
    'Messages written to viewers: one snapshot to ten viewers is ten.',
    () => stomp.stats().frames.sent.MESSAGE ?? 0,
  );
  counter(
    registry,
    'hostcast_snapshots_skipped_total',
    'Messages that a slow viewer was not sent: a newer one took their place, or there was no room.',
    () => {
      const { conflated, dropped } = stomp.stats().messages;
      return { conflated, dropped };
    },
    'reason',
  );
  counter(
    registry,
    'hostcast_recover_total',
    'Subscriptions that asked to go on where they left off, by what they were told.',
    () => ({ ...stomp.stats().resumed }),
    'result',
  );
  counter(
    registry,
    'hostcast_tick_overrun_total',
    'Ticks left out because the one before was still under way.',
    () => publisher.stats.skippedTicks,
  );
}

function figures({ publisher, ingest, store }: MeasuredParts, registry: Registry): void {
  counter(
    registry,
    'hostcast_ingest_points_total',
    'Points that came in by line protocol, the own collector included; rejected: lines that could not be read.',
    () => ({ stored: ingest.stats.points, rejected: ingest.stats.badLines }),
    'result',
  );
  counter(
    registry,
    'hostcast_ingest_points_without_host_total',
    'Those of the stored points that are of no host, because they have no such tag.',
    () => ingest.stats.pointsWithoutHost,
  );
  gauge(
    registry,
    'hostcast_hosts',
    'Hosts by how fresh their figures were at the last tick.',
    () => {
      const counts = { ...states };
      for (const [, state] of publisher.newest?.rows ?? []) counts[state] += 1;
      return counts;
    },
    'state',
  );
  if (store.forwarding !== undefined) forwarded(store.forwarding.bind(store), registry);
  if (store.condition === undefined) return;
  // A store that has failed answers nothing: the metric is absent then, not 0.
  const condition = () => store.condition?.().catch(() => undefined);
  gauge(
    registry,
    'hostcast_series',
    'Series in the embedded store.',
    async () => (await condition())?.series,
  );
  gauge(registry, 'hostcast_store_writable', '1, or 0 while the disk refuses data.', async () => {
    const writable = (await condition())?.isWritable;
    return writable === undefined ? undefined : Number(writable);
  });
}

/** What is on its way to InfluxDB. */
function forwarded(read: () => Forwarding, registry: Registry): void {
  gauge(
    registry,
    'hostcast_influx_buffer_bytes',
    'What waits for InfluxDB on the disk, compressed.',
    () => read().bufferBytes,
  );
  gauge(
    registry,
    'hostcast_influx_buffer_oldest_seconds',
    'How long the oldest of it waits; 0 where nothing does.',
    () => read().oldestAgeMs / 1_000,
  );
  gauge(registry, 'hostcast_influx_forwarding', '1, or 0 while InfluxDB does not take what it is sent.', () =>
    Number(read().isFlowing),
  );
  gauge(
    registry,
    'hostcast_influx_buffer_writable',
    '1, or 0 while writes are refused: the buffer is full, or its disk refuses.',
    () => Number(read().isTaking),
  );
  counter(
    registry,
    'hostcast_influx_lines_total',
    'Lines handed on to InfluxDB, by what became of them; dropped: it said that it can never take them.',
    () => ({ forwarded: read().forwardedLines, dropped: read().droppedLines }),
    'result',
  );
  counter(
    registry,
    'hostcast_influx_retries_total',
    'Writes to InfluxDB that have to be made again.',
    () => read().retries,
  );
  gauge(
    registry,
    'hostcast_influx_last_success_timestamp_seconds',
    'When InfluxDB took lines last, Unix time; 0 before the first.',
    () => (read().lastSuccessMs ?? 0) / 1_000,
  );
}

/** Why somebody did not become a session, in few words; the codes are those of StompError. */
const whys: ReadonlyMap<string, string> = new Map([
  ['ERR_STOMP_UNAUTHORIZED', 'login'],
  ['ERR_STOMP_EXPIRED', 'login'],
  ['ERR_STOMP_FORBIDDEN', 'forbidden'],
  ['ERR_STOMP_TOO_MANY_SESSIONS', 'limit'],
  ['ERR_STOMP_CONNECT_TIMEOUT', 'timeout'],
  ['ERR_STOMP_TRANSPORT', 'transport'],
  ['ERR_STOMP_SHUTDOWN', 'shutdown'],
]);

function refusals({ stomp, audit }: MeasuredParts, registry: Registry): void {
  const refused = new Map([...new Set(whys.values()), 'protocol'].map((why) => [why, 0]));
  const count = (why: string) => refused.set(why, (refused.get(why) ?? 0) + 1);
  let handshakes = 0;
  stomp.on('handshakeRefused', () => {
    handshakes += 1;
  });
  stomp.on('refused', ({ code }) => count(whys.get(code) ?? 'protocol'));
  counter(
    registry,
    'hostcast_refused_total',
    'Connections that were turned away before they were sessions.',
    () => Object.fromEntries(refused),
    'why',
  );
  counter(
    registry,
    'hostcast_handshakes_refused_total',
    'WebSocket handshakes that were refused: by Host, by Origin, for their rate.',
    () => handshakes,
  );
  counter(
    registry,
    'hostcast_logins_total',
    'Logins by name and password, and first uses of the tokens of another issuer.',
    () => audit.counts.get('login') ?? 0,
  );
  counter(
    registry,
    'hostcast_login_failures_total',
    'Logins that were refused: wrong names, passwords and tokens, and attempts above the limit.',
    () => audit.counts.get('login refused') ?? 0,
  );
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Values,
  label?: string,
): void {
  new Counter({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    collect() {
      this.reset();
      const values = read();
      if (typeof values === 'number') this.inc(values);
      else for (const [value, count] of Object.entries(values)) this.labels(value).inc(count);
    },
  });
}

function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number | Values | Promise<number | undefined>,
  label?: string,
): void {
  new Gauge({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [registry],
    async collect() {
      const values = await read();
      if (values === undefined) this.remove();
      else if (typeof values === 'number') this.set(values);
      else for (const [value, count] of Object.entries(values)) this.labels(value).set(count);
    },
  });
}
