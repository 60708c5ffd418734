import type { IncomingMessage } from 'node:http';
import { addressSet } from './addresses.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Headers } from './codec/frame.ts';
import type { Heartbeat } from './codec/heartbeat.ts';
import { expectKind, expectKinds, type Kind } from './kinds.ts';
import type { MaybePromise } from './maybePromise.ts';
import type { Session, User } from './message.ts';

/** Limits on what clients may use. Every one is a whole number above 0. */
export interface Limits {
  /** Octets of one frame's body; default 1 MiB. */
  readonly frameBodyBytes: number;
  /** Octets of a whole frame, or WebSocket message, before CONNECTED; default 64 KiB. */
  readonly unconnectedFrameBytes: number;
  /** Octets of one header line; default 16 KiB. */
  readonly headerLineBytes: number;
  /** Headers per frame; default 128. */
  readonly headers: number;
  /** Characters of a destination; default 1,024. */
  readonly destinationLength: number;
  /** Segments of a destination or pattern, split at `/` and `.`; default 64. */
  readonly destinationSegments: number;
  /** ms from the upgrade to CONNECTED; default 10 s. */
  readonly connectMs: number;
  /** Octets of one WebSocket message; default 1.1 MiB. */
  readonly webSocketMessageBytes: number;
  /** Fragments of one WebSocket message; default 1,024. */
  readonly webSocketFragments: number;
  /** Connections at the same time; default 20,000. */
  readonly sessions: number;
  /** Connections from one address, or one IPv6 network /64, those gone whose `authenticate` is at work included; default 1,000. */
  readonly sessionsPerAddress: number;
  /** Connected sessions of one user; default 100. */
  readonly sessionsPerUser: number;
  /** Subscriptions of one session; default 256. */
  readonly subscriptions: number;
  /** Those of them that are patterns; default 16. */
  readonly patterns: number;
  /** Segments `**` of one pattern; default 4. */
  readonly doubleStars: number;
  /** Octets that may wait for a client that reads slowly, 600 more for each frame; default 1 MiB. */
  readonly outboxBytes: number;
  /** ms that one write may take; default 10 s. */
  readonly writeMs: number;
  /** ms that a client has to answer the close, and hooks that wait to see a session off; default 2 s. */
  readonly closeMs: number;
  /** ms that hooks have for the frames that a client left when it went, or ended its side; default 30 s. */
  readonly leftFramesMs: number;
  /** Destinations whose newest message is kept; default 10,000, the longest unchanged goes first. */
  readonly retainedMessages: number;
  /** Octets of them, headers included; default 64 MiB. */
  readonly retainedBytes: number;
  /** Open transactions of one session; default 16. */
  readonly transactions: number;
  /** Frames in one transaction; default 1,000. */
  readonly transactionMessages: number;
  /** Octets that all transactions of one session hold back; default 16 MiB. */
  readonly transactionBytes: number;
  /** Messages in all queues, given out and not acknowledged included; default 10,000. */
  readonly queueMessages: number;
  /** Octets of them, headers included; default 64 MiB. */
  readonly queueBytes: number;
  /** Messages that all histories keep together; default 100,000, the oldest goes first. */
  readonly historyMessages: number;
  /** Octets of all of them; default 64 MiB. */
  readonly historyBytes: number;
  /** Octets of encoded frames kept for those who come late to a retained message or a replay; default 8 MiB. */
  readonly lateFrameBytes: number;
  /** Messages under way in one window on a topic; default 100. Who asks for more by `prefetch-count` has so many, and the RECEIPT says so. */
  readonly windowMessages: number;
  /** Messages that the application has published and a hook of brokerChannel still holds up; default 10,000, one more is dropped and reported. As many may wait for a message to thousands; one more waits for nobody. */
  readonly publishedMessages: number;
}

/** How much history is kept of one destination. Of what is above a limit the oldest goes first. */
export interface HistoryOptions {
  /** How long a message is kept at least; default 300,000 (5 min). The newest is kept longer. */
  readonly ms?: number;
  /** Messages; default 1,000. */
  readonly messages?: number;
  /** Octets, headers included; default 16 MiB. */
  readonly bytes?: number;
}

/**
 * What happens where a client reads more slowly than messages come, once as many wait for it as its outbox
 * may hold. `close` ends its session; `drop-oldest` drops the oldest that wait; `conflate` lets only the newest
 * message of each destination wait, from the first on.
 */
export type SlowPolicy = 'close' | 'drop-oldest' | 'conflate';

/** What the server does for destinations that match a pattern. */
export interface DestinationOptions {
  /** Keep the newest message and send it at once on SUBSCRIBE; default: where there is a history. */
  readonly retain?: boolean;
  /**
   * Number the messages of each destination (headers `epoch` and `seq`) and keep the latest, so that a
   * SUBSCRIBE that names the last ones seen gets what it missed; default false.
   */
  readonly history?: boolean | HistoryOptions;
  /** What happens to messages for a client that reads slowly; default `close`. */
  readonly slow?: SlowPolicy;
}

/** What `authenticate` gets to see of a CONNECT frame. */
export interface Credentials {
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  readonly headers: Headers;
  /** The upgrade request, with its cookies; undefined where there was none. */
  readonly request: IncomingMessage | undefined;
  /** IP address, as sessions have it. */
  readonly remoteAddress: string;
  /** Filled by the handshake interceptors. */
  readonly attributes: Map<string, unknown>;
}

/** What `authorize` decides about. */
export interface Access {
  readonly session: Session;
  readonly command: 'SUBSCRIBE' | 'SEND';
  /** Exact, or for SUBSCRIBE perhaps a pattern. */
  readonly destination: string;
}

/** How messages are compressed for the WebSocket clients that ask for it. */
export interface CompressionOptions {
  /** 1 (least work) to 9 (fewest octets), as zlib has them; default 3. */
  readonly level?: number;
  /** Octets of a body below which it is sent as it is; default 1,024: less is one packet either way. */
  readonly minBytes?: number;
  /** Octets of a body above which it is sent as it is, since compressing holds the loop; default 512 KiB. */
  readonly maxBytes?: number;
}

/** Everything that can be said to `createStompServer`. */
export interface StompServerOptions {
  /** Path of the WebSocket endpoint; default `/ws`. `<path>/websocket` answers as well. */
  readonly path?: string;
  /** `[sends, wants]`: a beat at least every so many ms, 0 = none; default `[10_000, 10_000]`. */
  readonly heartbeat?: Heartbeat;
  /** Whether answers to WebSocket pings count as a client's heart-beats; default false. Browsers throttle the timers of hidden tabs. */
  readonly pingIsLife?: boolean;
  /** Origins (`https://example.org`) that may open a WebSocket besides the endpoint's own, or patterns as Spring has them (`https://*.example.org`, `https://example.org:[8080,8081]`, `:[*]`); `*` for all. Requests without Origin are no browser's and pass. */
  readonly allowedOrigins?: readonly string[];
  /** Host names, without port, by which the WebSocket endpoint may be called besides `localhost` and IP addresses; default `['*']`, all. List them where the endpoint is reachable from a browser but not meant for every page: it is what stops DNS rebinding. */
  readonly allowedHosts?: readonly string[];
  /** Addresses (`127.0.0.1`) and networks (`10.0.0.0/8`, `fd00::/8`) of proxies whose `X-Forwarded-For`, `-Proto` and `-Host` are believed, for a session's address, the limits per address, Origin and Host; default none. */
  readonly trustedProxies?: readonly string[];
  /**
   * Whether WebSocket clients that offer `permessage-deflate` (RFC 7692; all browsers do) get what is published
   * compressed: once, for all of them; default false. `true`: with the defaults of CompressionOptions.
   */
  readonly compression?: boolean | CompressionOptions;
  /** What clients may use at most; see below. */
  readonly limits?: Partial<Limits>;
  /** Options per destination or pattern, such as `{ '/topic/hosts.*': { retain: true } }`. Later ones add to earlier ones. */
  readonly destinations?: Readonly<Record<string, DestinationOptions>>;
  /** Returns the user of a CONNECT, undefined for nobody in particular, or throws: a StompError for the client to see, anything else is `Login failed` and goes to the event `error`. */
  readonly authenticate?: (credentials: Credentials) => MaybePromise<User | undefined>;
  /** Whether a SUBSCRIBE of STOMP 1.1 or 1.2 may do without the header id; its destination is its id then. Default false. */
  readonly lenientSubscribe?: boolean;
  /** Answers whether a session may SUBSCRIBE to or SEND to a destination; default: it may, but for SEND to other users' `/user/<name>/…`. */
  readonly authorize?: (access: Access) => MaybePromise<boolean>;
  /** Time and timers; a fake one in tests. */
  readonly clock?: Clock;
}

/** Options with nothing left to decide. */
export interface ResolvedOptions {
  readonly path: string;
  readonly heartbeat: Heartbeat;
  readonly pingIsLife: boolean;
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Undefined where nothing is compressed. */
  readonly compression: Required<CompressionOptions> | undefined;
  readonly limits: Limits;
  readonly destinations: ReadonlyMap<string, DestinationOptions>;
  readonly authenticate: (credentials: Credentials) => MaybePromise<User | undefined>;
  readonly authorize: (access: Access) => MaybePromise<boolean>;
  readonly lenientSubscribe: boolean;
  readonly clock: Clock;
}

const MiB = 1024 * 1024;

// Measured with node:zlib 1.3 on a Xeon at level 3: 512 KiB take 5 ms as JSON and 8 as noise, which is below a turn.
const defaultCompression: Required<CompressionOptions> = { level: 3, minBytes: 1_024, maxBytes: MiB / 2 };

/** The limits that hold where none is given. */
export const defaultLimits: Limits = {
  frameBodyBytes: MiB,
  unconnectedFrameBytes: 64 * 1024,
  headerLineBytes: 16 * 1024,
  headers: 128,
  destinationLength: 1_024,
  destinationSegments: 64,
  connectMs: 10_000,
  webSocketMessageBytes: Math.floor(1.1 * MiB),
  webSocketFragments: 1_024,
  sessions: 20_000,
  sessionsPerAddress: 1_000,
  sessionsPerUser: 100,
  subscriptions: 256,
  patterns: 16,
  doubleStars: 4,
  outboxBytes: MiB,
  writeMs: 10_000,
  closeMs: 2_000,
  leftFramesMs: 30_000,
  retainedMessages: 10_000,
  retainedBytes: 64 * MiB,
  transactions: 16,
  transactionMessages: 1_000,
  transactionBytes: 16 * MiB,
  queueMessages: 10_000,
  queueBytes: 64 * MiB,
  historyMessages: 100_000,
  historyBytes: 64 * MiB,
  lateFrameBytes: 8 * MiB,
  windowMessages: 100,
  publishedMessages: 10_000,
};

const optionKinds: Readonly<Record<keyof StompServerOptions, Kind>> = {
  path: 'text',
  heartbeat: 'a list of two numbers',
  pingIsLife: 'true or false',
  allowedOrigins: 'a list of text',
  allowedHosts: 'a list of text',
  trustedProxies: 'a list of text',
  compression: 'true, false or an object',
  limits: 'an object',
  destinations: 'an object',
  authenticate: 'a function',
  authorize: 'a function',
  lenientSubscribe: 'true or false',
  clock: 'an object',
};

const slowPolicies: ReadonlySet<string> = new Set([
  'close',
  'drop-oldest',
  'conflate',
] satisfies SlowPolicy[]);

const destinationKinds: Readonly<Record<keyof DestinationOptions, Kind>> = {
  retain: 'true or false',
  history: 'true, false or an object',
  slow: 'text',
};

// Numbers, held against their ranges.
const historyKinds = kindsOfNumbers(['ms', 'messages', 'bytes']);
const compressionKinds = kindsOfNumbers(Object.keys(defaultCompression));
const limitKinds = kindsOfNumbers(Object.keys(defaultLimits));

/** Fills in the defaults. TypeError or RangeError for an option that is unknown or out of range, naming it. */
export function resolveOptions(input: StompServerOptions = {}): ResolvedOptions {
  expectKind(input, 'an object', 'what createStompServer is given');
  expectKinds(input, optionKinds, 'option');
  return {
    path: resolvePath(input.path ?? '/ws'),
    heartbeat: resolveHeartbeat(input.heartbeat ?? [10_000, 10_000]),
    pingIsLife: input.pingIsLife ?? false,
    allowedOrigins: (input.allowedOrigins ?? []).map((origin) => origin.toLowerCase().replace(/\/$/, '')),
    allowedHosts: (input.allowedHosts ?? ['*']).map((host) => host.toLowerCase()),
    trustedProxies: resolveProxies(input.trustedProxies ?? []),
    compression: resolveCompression(input.compression ?? false),
    limits: resolveLimits(input.limits ?? {}),
    destinations: resolveDestinations(input.destinations ?? {}),
    authenticate: input.authenticate ?? (() => undefined),
    authorize: input.authorize ?? allowAllButOthers,
    lenientSubscribe: input.lenientSubscribe ?? false,
    clock: input.clock ?? systemClock,
  };
}

function kindsOfNumbers(names: readonly string[]): Readonly<Record<string, Kind>> {
  return Object.fromEntries(names.map((name) => [name, 'anything']));
}

function resolvePath(path: string): string {
  if (/^\/[^?#]*$/.test(path)) return path;
  throw new TypeError(`option path has to begin with "/" and have no query, but is ${JSON.stringify(path)}`);
}

function resolveProxies(entries: readonly string[]): readonly string[] {
  addressSet(entries, 'trustedProxies'); // throws
  return entries;
}

function resolveHeartbeat(heartbeat: Heartbeat): Heartbeat {
  const isRange = (ms: number) => Number.isInteger(ms) && ms >= 0 && ms <= 999_999_999;
  if (heartbeat.length === 2 && heartbeat.every(isRange)) return heartbeat;
  throw new RangeError(
    `option heartbeat is two whole numbers of ms, 0 to 999999999, not ${heartbeat.join()}`,
  );
}

// A SUBSCRIBE to /user/… is to the session's own in any case.
function allowAllButOthers({ session, command, destination }: Access): boolean {
  if (command === 'SUBSCRIBE' || !destination.startsWith('/user/')) return true;
  return (
    session.user !== undefined && destination.startsWith(`/user/${encodeURIComponent(session.user.name)}/`)
  );
}

function resolveCompression(input: boolean | CompressionOptions): Required<CompressionOptions> | undefined {
  if (input === false) return undefined;
  const given = input === true ? {} : input;
  expectKinds(given, compressionKinds, 'option of compression:');
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isSafeInteger(value) || value < 1 || (name === 'level' && value > 9)) {
      const range = name === 'level' ? '1 to 9' : 'above 0';
      throw new RangeError(`compression ${name} has to be a whole number, ${range}, but is ${value}`);
    }
  }
  return { ...defaultCompression, ...given };
}

function resolveLimits(input: Partial<Limits>): Limits {
  expectKinds(input, limitKinds, 'limit');
  for (const [name, value] of Object.entries(input)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`limit ${name} has to be a whole number above 0, but is ${value}`);
    }
  }
  return { ...defaultLimits, ...input };
}

function resolveDestinations(
  input: Readonly<Record<string, DestinationOptions>>,
): ReadonlyMap<string, DestinationOptions> {
  for (const [pattern, options] of Object.entries(input)) {
    if (!pattern.startsWith('/topic/')) {
      throw new TypeError(`option destinations knows /topic/ only, but has ${JSON.stringify(pattern)}`);
    }
    expectKind(options, 'an object', `option of destination ${pattern}`);
    expectKinds(options, destinationKinds, `option of destination ${pattern}:`);
    if (typeof options.history === 'object') checkHistory(pattern, options.history);
    if (options.slow !== undefined && !slowPolicies.has(options.slow)) {
      throw new TypeError(
        `slow of ${pattern} is one of ${[...slowPolicies].join(', ')}, not ${options.slow}`,
      );
    }
  }
  return new Map(Object.entries(input));
}

function checkHistory(pattern: string, history: HistoryOptions): void {
  expectKinds(history, historyKinds, `option of the history of ${pattern}:`);
  for (const [name, value] of Object.entries(history)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`history ${name} of ${pattern} has to be a whole number above 0, but is ${value}`);
    }
  }
}
