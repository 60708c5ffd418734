import type { IncomingMessage } from 'node:http';
import { isPattern, sessionDestination, userDestination } from './broker/destination.ts';
import { MemoryBroker } from './broker/memory.ts';
import { Channel } from './channel.ts';
import { dispatch, type Handler } from './commands.ts';
import { frameLimits } from './connect.ts';
import type { StompError } from './errors.ts';
import { Events, type StompEvents } from './events.ts';
import type { HandshakeInterceptor, MessageChannel } from './interceptor.ts';
import { expectKind } from './kinds.ts';
import { LocalSubscription, type SubscribeOptions } from './localSubscription.ts';
import { chain } from './maybePromise.ts';
import { Message, type Session, toBytes } from './message.ts';
import { type ResolvedOptions, resolveOptions, type StompServerOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import { RunningClock } from './runningClock.ts';
import { ClientSession } from './session.ts';
import type { SessionContext } from './sessionContext.ts';
import { Sessions, tooManySessions } from './sessions.ts';
import { StatsCounter, type StatsOfServer } from './stats.ts';
import { Traffic } from './traffic.ts';
import { TcpListeners, type TcpListening, type TcpOptions } from './transport/tcpListeners.ts';
import type { Transport } from './transport/transport.ts';
import { type HttpServer, WebSocketEndpoint } from './transport/webSocketEndpoint.ts';
import { SharedTurns } from './turn.ts';

/** Makes a STOMP server. It listens nowhere until it is attached. TypeError or RangeError for a bad option. */
export function createStompServer(options: StompServerOptions = {}): StompServer {
  return new StompServer(resolveOptions(options));
}

/**
 * The parts of a STOMP server, joined: what clients send goes through clientInboundChannel to their session,
 * what is published through brokerChannel to the broker, what leaves through clientOutboundChannel.
 */
export class StompServer {
  /** What clients send. */
  readonly clientInboundChannel: MessageChannel;
  /** What is published, by clients and by the application. */
  readonly brokerChannel: MessageChannel;
  /** What goes to clients: each delivery, CONNECTED, RECEIPT and ERROR. */
  readonly clientOutboundChannel: MessageChannel;
  /** The WebSocket upgrade. */
  readonly handshake: { use(interceptor: HandshakeInterceptor): () => void };
  readonly #options: ResolvedOptions;
  readonly #events = new Events();
  readonly #sessions = new Sessions<ClientSession>();
  readonly #handlers = new Map<string, Handler>();
  readonly #broker: MemoryBroker;
  readonly #endpoint: WebSocketEndpoint;
  readonly #tcp: TcpListeners;
  readonly #context: SessionContext<ClientSession>;
  readonly #publisher: Publisher;
  readonly #stats: StatsCounter;
  readonly #ended = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    const report = (error: unknown) => this.#events.report(error);
    const inbound = new Channel('clientInboundChannel', report);
    const brokerChannel = new Channel('brokerChannel', report);
    const outbound = new Channel('clientOutboundChannel', report);
    this.#options = options;
    this.#broker = new MemoryBroker(options, report);
    const refusalFor = (address: string) => this.#refusalFor(address);
    const accept = (transport: Transport, refusal: StompError | undefined) =>
      this.#accept(transport, refusal);
    const refused = (request: IncomingMessage, remoteAddress: string, status: number) =>
      this.#events.emit('handshakeRefused', { request, remoteAddress, status });
    this.#endpoint = new WebSocketEndpoint(options, { refusalFor, accept, refused }, report);
    this.#tcp = new TcpListeners(options, (transport) => this.accept(transport));
    // Who SENDs waits until all have it, and meanwhile sends nothing else.
    const toBroker = (message: Message) => chain(this.#broker.publish(message), () => true);
    const reserve = (message: Message) => this.#broker.reserve(message);
    const commands = { options, brokerChannel, handlers: this.#handlers, toBroker, reserve };
    this.#context = {
      options,
      frameLimits: frameLimits(options.limits),
      runningClock: new RunningClock(options.clock),
      inbound,
      outbound,
      broker: this.#broker,
      events: this.#events,
      sessions: this.#sessions,
      departures: new SharedTurns(options.clock),
      traffic: new Traffic(),
      dispatch: (session, message) => dispatch(session, message, commands),
    };
    this.#publisher = new Publisher(brokerChannel, this.#broker, report, options.limits.publishedMessages);
    this.#stats = new StatsCounter(this.#events, options.clock);
    this.clientInboundChannel = inbound;
    this.brokerChannel = brokerChannel;
    this.clientOutboundChannel = outbound;
    this.handshake = this.#endpoint.handshake;
  }

  /** The sessions between CONNECTED and `disconnected`, by id. */
  get sessions(): ReadonlyMap<string, Session> {
    return this.#sessions.connected;
  }

  /** Serves WebSockets on an HTTP or HTTPS server: its path only. What it returns detaches. */
  attach(server: HttpServer): () => void {
    return this.#endpoint.attach(server);
  }

  /**
   * Listens for plain STOMP over TCP, or TLS: the same sessions without WebSocket.
   * `const { port, close } = await stomp.listenTcp({ host: '127.0.0.1', port: 61613 })`
   */
  listenTcp(options: TcpOptions): Promise<TcpListening> {
    return this.#tcp.listen(options);
  }

  /** Serves one connection of any other kind. */
  accept(transport: Transport): void {
    this.#accept(transport, undefined);
  }

  #accept(transport: Transport, refused: StompError | undefined): void {
    const refusal = refused ?? this.#refusalFor(transport.remoteAddress);
    const session = new ClientSession(transport, this.#context);
    session.start();
    if (this.#closing) session.close('shutdown');
    else if (refusal) session.end('protocol', refusal);
  }

  #refusalFor(address: string): StompError | undefined {
    const { sessions, sessionsPerAddress } = this.#options.limits;
    if (this.#sessions.placed >= sessions) {
      return tooManySessions(`the server has ${sessions} sessions already (limit sessions)`);
    }
    if (this.#sessions.placedFrom(address) < sessionsPerAddress) return undefined;
    return tooManySessions(
      `your address has ${sessionsPerAddress} sessions already (limit sessionsPerAddress)`,
    );
  }

  /**
   * Publishes a message to all who subscribe to a topic, `/topic/…`, or to one consumer of a queue, `/queue/…`;
   * text is sent as UTF-8, octets are not copied: they must not change any more. TypeError for a destination that
   * cannot be published to, for a header that is no text and for a body that is neither text nor octets; what
   * interceptors throw, and a full queue, goes to the event `error`.
   */
  publish(
    destination: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (!/^\/(?:topic|queue)\/./s.test(destination) || isPattern(destination)) {
      throw new TypeError(
        `only destinations under /topic/ and /queue/ can be published to, not ${destination}`,
      );
    }
    this.#publish(destination, body, headers);
  }

  /**
   * Forgets the retained message of a destination, for when what it says is no longer so. Where it waits for a
   * slow client (`conflate`) it is dropped too.
   */
  retract(destination: string): void {
    this.#broker.retract(destination);
  }

  /**
   * Publishes a message to all sessions of a user, or to one session alone, that subscribe to
   * `/user/queue/x`, which is `/queue/x` here. Nothing is kept for those who don't.
   */
  publishToUser(
    to: string | Session,
    destination: string,
    body: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (!/^\/(?:topic|queue)\/./s.test(destination) || isPattern(destination)) {
      throw new TypeError(`users have destinations under /queue/ and /topic/, not ${destination}`);
    }
    const target =
      typeof to === 'string' ? userDestination(to, destination) : sessionDestination(to.id, destination);
    this.#publish(target, body, headers);
  }

  /**
   * Subscribes the application itself to a destination or pattern under `/topic/`, at once; retained messages
   * come first. `for await (const message of stomp.subscribe('/topic/**', { signal })) { … }`
   */
  subscribe(destination: string, options: SubscribeOptions = {}): AsyncIterableIterator<Message, undefined> {
    if (!destination.startsWith('/topic/')) throw new TypeError(`${destination} is not under /topic/`);
    const report = (error: unknown) => this.#events.report(error);
    const { signal } = this.#ended;
    const either = options.signal ? AbortSignal.any([options.signal, signal]) : signal;
    return new LocalSubscription(destination, { ...options, signal: either }, this.#broker, report);
  }

  /** Takes what clients SEND to one destination, such as `/app/chat`. What it returns stops that. */
  handle(destination: string, handler: Handler): () => void {
    if (/^\/(topic|queue|user|session|temp-queue|reply-queue)\//.test(destination))
      throw new TypeError(`${destination} is the broker's`);
    expectKind(handler, 'a function', `the handler of ${destination}`);
    if (isPattern(destination))
      throw new TypeError(`${destination} is a pattern: a handler takes one destination`);
    if (this.#handlers.has(destination)) throw new TypeError(`${destination} has a handler already`);
    this.#handlers.set(destination, handler);
    return () => void this.#handlers.delete(destination);
  }

  /** Adds a listener to an event; what it returns takes it out again. */
  on<K extends keyof StompEvents>(event: K, listener: (event: StompEvents[K]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /** Counts since the start, and what there is now. */
  stats(): StatsOfServer {
    return this.#stats.of(this.#sessions, this.#broker, this.#context.traffic);
  }

  /**
   * Stops accepting, tells every client when to come back, flushes what waits for it, and ends; `for await`
   * loops of the application's own subscriptions end too. Connections that are not closed after `drainMs`
   * (default 5 s) are cut, and hooks that still wait are not waited for: the `disconnected` of such a session may
   * come later. Idempotent; resolves when all is released. RangeError where `drainMs` is no number, or below 0.
   */
  close({ drainMs = 5_000 }: { readonly drainMs?: number } = {}): Promise<void> {
    if (typeof drainMs !== 'number' || !(drainMs >= 0)) {
      const text = `drainMs has to be a number of ms, 0 or more, but is ${drainMs}`;
      return Promise.reject(new RangeError(text));
    }
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  #publish(destination: string, body: string | Uint8Array, headers: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(headers)) {
      if (typeof value === 'string') continue;
      throw new TypeError(`header ${name} of ${destination} has to be text, but is of type ${typeof value}`);
    }
    const all = new Map([...Object.entries(headers), ['destination', destination] as const]);
    this.#publisher.publish(new Message({ command: 'SEND', headers: all, body: toBytes(body) }));
  }

  async #close(drainMs: number): Promise<void> {
    this.#endpoint.stopAccepting();
    this.#tcp.stopAccepting();
    // From within a delivery: what hooks publish there comes after it.
    for (let given = this.#broker.finish(); given; given = this.#broker.finish()) await given;
    for (const session of this.#sessions.open.values()) session.close('shutdown');
    let cancel = () => {};
    const cut = new Promise<void>((resolve) => {
      const cutAll = () => {
        for (const session of this.#sessions.open.values()) session.terminate();
        this.#context.departures.finish();
        // A hook that still waits may wait for ever.
        resolve();
      };
      // When the sockets are gone nothing else may keep the process alive whose last hooks are waited for.
      cancel = this.#options.clock.setTimer(drainMs, cutAll, true);
    });
    await Promise.race([this.#sessions.empty(), cut]);
    cancel();
    this.#ended.abort();
    this.#endpoint.detach();
  }
}
