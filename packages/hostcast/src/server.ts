import { hostname } from 'node:os';
import { isPattern, matches, type StompServer } from '@hostcast/stomp';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Accounts } from './accounts/accounts.ts';
import { AccountsError } from './accounts/accountsError.ts';
import { type FirstAdmin, makeFirstAdmin } from './accounts/firstAdmin.ts';
import { healthRoutes, ServerState } from './api/health.ts';
import { hostRoutes } from './api/hosts.ts';
import { loginRoutes, withoutLoginRoutes } from './api/login.ts';
import { metricsRoutes } from './api/metrics.ts';
import { sessionRoutes } from './api/sessions.ts';
import { tokenRoutes } from './api/tokens.ts';
import { createBroker, heartbeat } from './broker.ts';
import { systemClock } from './clock.ts';
import { type Collector, startCollector } from './collect/collector.ts';
import type { Config } from './config/config.ts';
import { ownHostNames } from './config/configFrom.ts';
import { UserError } from './config/userError.ts';
import { createHttp } from './http.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { ingestRoutes } from './ingest/routes.ts';
import { StompIngest } from './ingest/stompIngest.ts';
import { listenHttp, listenStomp } from './listen.ts';
import { type Login, openLogin } from './login/login.ts';
import { withTokenAudit } from './login/tokenUses.ts';
import { withWriters } from './login/writers.ts';
import { type FieldKinds, fieldKinds } from './metrics/kinds.ts';
import { createNetwork, type Network } from './network/network.ts';
import { protect } from './network/protect.ts';
import { Publisher } from './publish/publisher.ts';
import { checkAccess } from './security/access.ts';
import { Audit } from './security/audit.ts';
import { withoutLogin } from './security/authentication.ts';
import { ScopedDeliveries } from './security/scopedDeliveries.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import type { MetricStore } from './store/metricStore.ts';
import { openStore } from './store/open.ts';
import { whileOpening } from './store/openingStore.ts';
import { countedStore } from './telemetry/countedStore.ts';
import { Metrics } from './telemetry/metrics.ts';
import { version } from './version.ts';
import { webRoutes } from './web.ts';

/** A running hostcast. */
export interface HostcastServer {
  /** The port it listens on: the configured one, or the one that was free. */
  readonly port: number;
  /** The port for plain STOMP over TCP; undefined where it is off. */
  readonly stompPort: number | undefined;
  /** The admin that was made because there were no users; undefined where there was no need. */
  readonly firstAdmin: FirstAdmin | undefined;
  /** Resolves, perhaps never, with the reason why this hostcast can do nothing any more and has to end. */
  readonly failed: Promise<Error>;
  /** Stops in order, so that nothing that was acknowledged is lost. Safe to call twice. */
  close(): Promise<void>;
}

/** Where it listens. */
export type Listening = Pick<HostcastServer, 'port' | 'stompPort'>;

export interface StartOptions {
  /** Called when it listens, perhaps long before it has started: a large store takes its time to open. */
  readonly onListening?: (listening: Listening) => void;
  /** Default: opens the store that the configuration names. */
  readonly openStore?: typeof openStore;
  /** Whether somebody is shown the first admin's password; else it goes into a file. Default false. */
  readonly isTerminal?: boolean;
}

/**
 * Wires hostcast in the order in which a measurement travels: collector and Telegraf, ingest, store, publisher,
 * broker, socket. Resolves when all of it runs. It listens before: while a large store is being opened writes are
 * answered 503, so that Telegraf comes again, and probes that hostcast lives and is starting.
 * @throws UserError where the port, the data folder or InfluxDB can't be used; the message says what to do
 */
export async function startServer(
  config: Config,
  log: Logger,
  options: StartOptions = {},
): Promise<HostcastServer> {
  const opened: (() => unknown)[] = [];
  try {
    return await openAll(config, log, options, opened);
  } catch (error) {
    await closeAll(opened);
    throw error instanceof AccountsError ? new UserError(error.message, { cause: error }) : error;
  }
}

/** Opens part after part; `opened` gets what undoes each, so that a failure half-way leaves nothing behind. */
async function openAll(
  config: Config,
  log: Logger,
  { isTerminal = false, onListening, openStore: open = openStore }: StartOptions,
  opened: (() => unknown)[],
): Promise<HostcastServer> {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const audit = new Audit({ log });
  const metrics = new Metrics({ clock: systemClock, version });
  opened.push(() => metrics.close());
  const accounts = config.auth === 'users' ? openAccounts(config, audit, log) : undefined;
  opened.push(() => accounts?.close());
  const onCommit = (tookMs: number) => metrics.observeCommit(tookMs);
  const opening = open(config, { log, onFailure: fail, onCommit });
  // Before an InfluxDB there are only a few files to open, and what stands in knows nothing of memory and buffer.
  const opens = config.influx === undefined ? whileOpening(opening) : opening;
  const store = countedStore(await opens, (kind) => metrics.countQueryError(kind));
  opened.push(() => store.close());
  const { bodyBytes, compressedBytes, lineBytes, tags, fields } = config.limits;
  const limits = { bodyBytes, lineBytes, tags, fields };
  const ingest = createIngest({ store, log, localHost: hostname(), limits });
  const network = createNetwork({ ...config.network, allowedHosts: ownHostNames(config) });
  const login = accounts && openLogin({ config, accounts, network, clock: systemClock, log, audit });
  const authentication =
    accounts && login ? withTokenAudit(withWriters(login.authentication, accounts), audit) : withoutLogin;
  const stomp = createBroker(config, network, authentication, { audit, log });
  const sessions = createSessions({
    ...{ stomp, clock: systemClock, heartbeat, intervalMs: config.intervalMs, asked: store.asked },
    rounds: () => roundsOf(publisher),
  });
  opened.push(() => sessions.close());
  const { kindOf } = fieldKinds(config.metrics);
  const publisher = createPublisher(config, store, { stomp, sessions, metrics, log, kindOf });
  opened.push(() => publisher.close());
  metrics.watch({ stomp, publisher, ingest, store, audit });
  const state = stateOf(publisher, store);
  const stompIngest = new StompIngest({ stomp, ingest, log });
  opened.push(() => stompIngest.close()); // stores what clients sent before they were told to go
  const http = createHttp(log, network);
  opened.push(() => http.close()); // what is being written is answered first
  await protect({ http, stomp }, network, config.limits);
  checkAccess(http, (request) => authentication.ofRequest(request), audit);
  opened.push(await openSessions({ config, http, stomp, network, audit }, login));
  healthRoutes(http, state);
  metricsRoutes(http, metrics);
  sessionRoutes(http, { stomp, book: sessions.book, audit });
  if (accounts) await http.register(tokenRoutes, { accounts, audit });
  await http.register(ingestRoutes, { ingest, log, audit, compressedBytes });
  hostRoutes(http, { publisher, store, intervalMs: config.intervalMs, kindOf });
  await webRoutes(http);
  stomp.attach(http.server);
  opened.push(() => stomp.close());
  const listening = await listen({ config, http, stomp });
  onListening?.(listening);
  await opening;
  const firstAdmin = accounts && (await makeFirstAdmin(accounts, { folder: config.dataFolder, isTerminal }));
  publisher.start();
  const collector = config.collect ? startOwnCollector(config, ingest, publisher, log) : undefined;
  opened.push(() => collector?.close());
  state.phase = 'running';
  let closing: Promise<void> | undefined;
  const close = () => {
    state.phase = 'stopping';
    closing ??= closeAll(opened);
    return closing;
  };
  return { ...listening, firstAdmin, failed, close };
}

async function listen({
  config,
  http,
  stomp,
}: Pick<SessionParts, 'config' | 'http' | 'stomp'>): Promise<Listening> {
  const port = await listenHttp(http, config);
  return { port, stompPort: await listenStomp(stomp, config) };
}

function stateOf(publisher: Publisher, { forwarding }: MetricStore): ServerState {
  return new ServerState({
    answers: () => publisher.isStoreAnswering,
    trouble: () => publisher.trouble,
    forwarding,
  });
}

/** The last opened first: the collector, the viewers, HTTP, the ticks, and the store when all is written. */
async function closeAll(opened: readonly (() => unknown)[]): Promise<void> {
  for (const close of [...opened].reverse()) await close();
}

/** Who may come in; what is changed about that is audited, whichever process changes it. */
function openAccounts({ dataFolder }: Config, audit: Audit, log: Logger): Accounts {
  const accounts = Accounts.open(dataFolder, {
    watch: true,
    onTrouble: (error) => log.error({ err: error }, 'users and tokens stay as they were'),
  });
  accounts.onChange((changes) => {
    for (const { type, ...who } of changes) audit.record(type, who);
  });
  return accounts;
}

/** What holds sessions to their rights, and the routes by which people sign in; returns what undoes it. */
async function openSessions(
  { config, http, stomp, network, audit }: SessionParts,
  login: Login | undefined,
): Promise<() => void> {
  const deliveries = new ScopedDeliveries(stomp);
  if (login === undefined) {
    await http.register(withoutLoginRoutes);
    return () => {};
  }
  const guard = login.guard(stomp, deliveries);
  const { secureCookie } = config.login;
  const nowMs = () => systemClock.nowMs();
  await http.register(loginRoutes, { ...login, guard, network, secureCookie, audit, nowMs });
  return () => guard.close();
}

interface SessionParts {
  readonly config: Config;
  readonly http: FastifyInstance;
  readonly stomp: StompServer;
  readonly network: Network;
  readonly audit: Audit;
}

function roundsOf({ stats: { rounds, skippedTicks, failedRounds } }: Publisher) {
  return { rounds, skipped: skippedTicks, failed: failedRounds };
}

interface PublisherParts {
  readonly stomp: StompServer;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly kindOf: FieldKinds['kindOf'];
}

function createPublisher(
  config: Config,
  store: MetricStore,
  { stomp, sessions, metrics, log, kindOf }: PublisherParts,
): Publisher {
  const publisher = new Publisher({
    store,
    log,
    clock: systemClock,
    intervalMs: config.intervalMs,
    kindOf,
    matches: (pattern, destination) => isPattern(pattern) && matches(pattern, destination),
    publish: sessions.publish,
    retract: sessions.retract,
    onRound: sessions.round,
    onTick(tick) {
      metrics.observeTick(tick);
      sessions.ticked();
    },
  });
  stomp.on('subscribed', ({ subscription }) => {
    void publisher.subscribed(subscription.destination); // reports its own failures
  });
  stomp.on('unsubscribed', ({ subscription }) => publisher.unsubscribed(subscription.destination));
  return publisher;
}

/** This host is to be seen at once: the two gathers at the start are published without waiting for the tick. */
function startOwnCollector(
  { intervalMs }: Config,
  ingest: Ingest,
  publisher: Publisher,
  log: Logger,
): Collector {
  let gathers = 0;
  return startCollector({
    ingest,
    intervalMs,
    log,
    onCollected() {
      gathers += 1;
      if (gathers <= 2) void publisher.tick(); // reports its own failures
    },
  });
}
