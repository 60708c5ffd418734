import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { createStompServer, isPattern, matches, type StompServer } from '@hostcast/stomp';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { hostRoutes } from './api/hosts.ts';
import { systemClock } from './clock.ts';
import { type Collector, startCollector } from './collect/collector.ts';
import { type Config, UserError } from './config.ts';
import { createHttp } from './http.ts';
import { createIngest, type Ingest } from './ingest/ingest.ts';
import { ingestRoutes } from './ingest/routes.ts';
import { sessionLog } from './interceptors/sessionLog.ts';
import { fleetDestination, hostDestination } from './publish/destinations.ts';
import { Publisher } from './publish/publisher.ts';
import { Watch } from './publish/watch.ts';
import { authorize } from './security/authorize.ts';
import type { MetricStore } from './store/metricStore.ts';
import { openStore } from './store/open.ts';
import { webRoutes } from './web.ts';

/** A running hostcast. */
export interface HostcastServer {
  /** The port it listens on: the configured one, or the one that was free. */
  readonly port: number;
  /** The port for plain STOMP over TCP; undefined where it is off. */
  readonly stompPort: number | undefined;
  /** Resolves, perhaps never, with the reason why this hostcast can do nothing any more and has to end. */
  readonly failed: Promise<Error>;
  /** Stops in order, so that nothing that was acknowledged is lost. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Wires hostcast in the order in which a measurement travels: collector and Telegraf, ingest, store, publisher,
 * broker, socket. Resolves when it listens.
 * @param command how the user starts hostcast, for the errors that show a command
 * @throws UserError where the port, the data folder or InfluxDB can't be used; the message says what to do
 */
export async function startServer(config: Config, log: Logger, command: string): Promise<HostcastServer> {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const store = await openStore(config, { log, command, onFailure: fail });
  const ingest = createIngest({ store, log, localHost: hostname() });
  const stomp = createBroker(log);
  const publisher = createPublisher(config, store, stomp, log);
  const http = await createRoutes(config, { store, ingest, publisher, log });
  stomp.attach(http.server);
  let stompPort: number | undefined;
  try {
    await listenHttp(http, config, command);
    stompPort = await listenStomp(stomp, config, command);
  } catch (error) {
    await http.close();
    await store.close();
    throw error;
  }
  publisher.start();
  const collector = config.collect ? startOwnCollector(config, ingest, publisher, log) : undefined;

  let closing: Promise<void> | undefined;
  return {
    port: (http.server.address() as AddressInfo).port,
    stompPort,
    failed,
    close() {
      closing ??= (async () => {
        await collector?.close();
        await stomp.close();
        await http.close(); // what is being written is answered first
        await publisher.close();
        await store.close();
      })();
      return closing;
    },
  };
}

/** The broker: newest snapshots are kept, so that a viewer sees something at once. */
function createBroker(log: Logger): StompServer {
  const stomp = createStompServer({
    pingIsLife: true, // a hidden tab's timers are too slow for heart-beats
    destinations: { [fleetDestination]: { retain: true }, [everyHost]: { retain: true } },
    authorize,
  });
  stomp.clientInboundChannel.use(sessionLog(log));
  stomp.on('refused', ({ session, code, message }) => {
    log.warn({ session: session.id, address: session.remoteAddress, code, reason: message }, 'refused');
  });
  stomp.on('error', ({ error, session }) =>
    log.error({ err: error, session: session?.id }, 'an interceptor failed'),
  );
  return stomp;
}

function createPublisher(config: Config, store: MetricStore, stomp: StompServer, log: Logger): Publisher {
  const watch = new Watch(systemClock, coversHosts);
  const publisher = new Publisher({
    store,
    watch,
    log,
    clock: systemClock,
    intervalMs: config.intervalMs,
    publish: (destination, body) => stomp.publish(destination, body, { 'content-type': 'application/json' }),
  });
  stomp.on('subscribed', ({ subscription }) => {
    const host = watch.subscribed(subscription.destination);
    if (host !== null) void publisher.firstSubscribe(host); // reports its own failures
  });
  stomp.on('unsubscribed', ({ subscription }) => watch.unsubscribed(subscription.destination));
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

async function createRoutes(
  { intervalMs }: Config,
  parts: { store: MetricStore; ingest: Ingest; publisher: Publisher; log: Logger },
): Promise<FastifyInstance> {
  const { store, ingest, publisher, log } = parts;
  const http = createHttp(log);
  await http.register(ingestRoutes, { ingest, log });
  hostRoutes(http, { publisher, store, intervalMs });
  await webRoutes(http);
  return http;
}

const everyHost = `${fleetDestination}.*`;

/** A pattern that reaches the destination of any host. */
function coversHosts(destination: string): boolean {
  return isPattern(destination) && matches(destination, hostDestination('any'));
}

async function listenHttp(http: FastifyInstance, { host, port }: Config, command: string): Promise<void> {
  try {
    await http.listen({ host, port });
  } catch (error) {
    throw listenError(error, { host, flag: '--port', port }, command);
  }
}

/** Plain STOMP over TCP, for whoever asks for it: the same broker, sessions and rights as at `/ws`. */
async function listenStomp(
  stomp: StompServer,
  { host, stompPort: port }: Config,
  command: string,
): Promise<number | undefined> {
  if (port === undefined) return undefined;
  try {
    return (await stomp.listenTcp({ host, port })).port;
  } catch (error) {
    throw listenError(error, { host, flag: '--stomp-port', port }, command);
  }
}

function listenError(
  error: unknown,
  { host, flag, port }: { host: string; flag: string; port: number },
  command: string,
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `port ${port} on ${host} is taken, perhaps by another hostcast. Stop that one, or choose another port:\n\n` +
        `  ${command} ${flag} ${port + 1}\n`,
    );
  }
  if (code === 'EACCES')
    return new UserError(`port ${port} may not be used by this user: choose one above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError(`--host ${host} is no address of this machine`);
  }
  return error;
}
