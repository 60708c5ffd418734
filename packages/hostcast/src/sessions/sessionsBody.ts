/** What is told of who is connected and what that costs. Types alone: the page uses this file too. */

/** The body of `/topic/sessions` and of `GET /api/sessions`. */
export interface SessionsBody {
  /** Epoch ms. */
  readonly time: number;
  /** All that are connected. */
  readonly total: number;
  readonly cost: CostView;
  readonly queries: QueriesView;
  /** The 1,000 that most look at. */
  readonly destinations: readonly DestinationView[];
  /** All that somebody looks at, or that are still kept up to date. */
  readonly destinationCount: number;
  /** The newest 1,000 of them, the newest first. */
  readonly sessions: readonly SessionView[];
  /** Who came, went and was turned away last, the newest first. */
  readonly recent: readonly SessionEvent[];
}

/** What serving everybody costs, over the last minute (or since the start, or the last two ticks where they are rarer). */
export interface CostView {
  /** Sessions that have subscribed to something. */
  readonly viewers: number;
  /** Questions to the store, whoever asked. */
  readonly queriesPerSecond: number;
  /** Messages written to viewers: one snapshot to ten of them is ten. */
  readonly messagesPerSecond: number;
  /** Octets of STOMP written. */
  readonly bytesPerSecond: number;
  /** Of one core. */
  readonly cpuPercent: number;
  /** Memory that the process has, its resident set. */
  readonly rssBytes: number;
}

/** The rounds of queries that keep all destinations up to date, since the start. */
export interface QueriesView {
  readonly intervalMs: number;
  /** How long the last round took, ms; null before the first. */
  readonly lastMs: number | null;
  /** 95 % of the last 100 rounds took no longer, ms. */
  readonly p95Ms: number | null;
  readonly rounds: number;
  /** Ticks left out because the round before was still under way. */
  readonly skipped: number;
  readonly failed: number;
}

/** What somebody looks at. */
export interface DestinationView {
  readonly destination: string;
  /** Subscriptions that get it, by its name or by a pattern. */
  readonly viewers: number;
  /** How often it is published; null where that is when something happens. */
  readonly intervalMs: number | null;
  /** When it was published last, epoch ms; null where it was not yet. */
  readonly publishedMs: number | null;
  /** How large that was. */
  readonly bytes: number | null;
}

/** One viewer who is connected. Texts that clients chose are cut. */
export interface SessionView {
  readonly id: string;
  /** Null where nobody signed in. */
  readonly user: string | null;
  readonly kind: 'anonymous' | 'user' | 'token' | 'jwt';
  readonly right: 'viewer' | 'operator' | 'admin' | 'ingest';
  readonly address: string;
  /** `websocket`, `tcp` or `tls`. */
  readonly transport: string;
  /** Of STOMP. */
  readonly version: string;
  /** Epoch ms. */
  readonly since: number;
  /** At least how often either side sends something, ms; 0: it need not. Null where it was not told. */
  readonly heartbeat: { readonly fromClient: number; readonly fromServer: number } | null;
  /** The first 20. */
  readonly subscriptions: readonly { readonly id: string; readonly destination: string }[];
  readonly subscriptionCount: number;
  /** Octets that wait for the client to read. */
  readonly outboxBytes: number;
  /** Messages it was sent, and the octets of all frames. */
  readonly messages: number;
  readonly bytes: number;
  /** Messages that it was not sent because it reads slowly: newer ones took their place, or there was no room. */
  readonly conflated: number;
  readonly dropped: number;
  /** ms from the last ping to its answer; null where there was none. */
  readonly roundTripMs: number | null;
}

/** Why a session ended. */
export type EndReason =
  | 'client'
  | 'socket'
  | 'heartbeat'
  | 'protocol'
  | 'auth-expired'
  | 'unauthorized'
  | 'forbidden'
  | 'slow'
  | 'kicked'
  | 'shutdown';

/** Somebody came, went or was turned away. */
export interface SessionEvent {
  /** Epoch ms; of what was turned away several times the last one. */
  readonly time: number;
  readonly event: 'connect' | 'disconnect' | 'refused';
  /** Null where it did not come so far as to have one. */
  readonly session: string | null;
  readonly user: string | null;
  readonly address: string;
  readonly transport: string;
  /** Of a disconnect. */
  readonly reason?: EndReason;
  /** In words what was wrong. */
  readonly detail?: string;
  /** Of a disconnect: who kicked it. */
  readonly by?: string;
  /** Of a disconnect: how long it lasted, ms, and how many messages it was sent. */
  readonly lastedMs?: number;
  readonly messages?: number;
  /** Of a refusal: how often this address was turned away for this, where more than once. */
  readonly count?: number;
}
