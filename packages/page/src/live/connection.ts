import { type ReadonlySignal, signal } from '@preact/signals';
import { StompClient } from '../stomp/client.ts';
import type { StompFrame } from '../stomp/frame.ts';
import { reconnectDelayMs } from './backoff.ts';
import { endingOf } from './ending.ts';
import { type LinkFacts, noFacts } from './facts.ts';
import { Feed, type OnBody } from './feed.ts';
import type { Link } from './status.ts';

export interface Connection {
  readonly link: ReadonlySignal<Link>;
  readonly facts: Readonly<LinkFacts>;
  /** Connects, and reconnects until `close` is called or the server ends it for good. */
  readonly open: () => void;
  /** Says good-bye. */
  close(): void;
  /**
   * Subscribes now and after every reconnect, until the returned function is called. On a topic the next message
   * comes when the one before has been taken, and is the newest then.
   */
  subscribe(destination: string, onBody: OnBody): () => void;
  /** Stops waiting for the next attempt. */
  readonly retryNow: () => void;
  /** Has the round trip measured with the next message. */
  measure(): void;
}

const heartbeatMs = 10_000;
/** Of silence, after which a connection is dead: two heart-beats and a moment. */
const deadMs = 2.1 * heartbeatMs;
/** A connection that lasted this long was a good one: after it the waits start small again. */
const settledMs = 10_000;
/** The wait after a refusal that the server says is final, so that it is not asked in a loop. */
const refusedMs = 60_000;

/** The page's one STOMP connection, kept open between `open` and `close`. */
export function connect(url: string): Connection {
  return new StompConnection(url);
}

class StompConnection implements Connection {
  readonly link = signal<Link>({ phase: 'connecting' });
  readonly facts = noFacts();
  readonly #url: string;
  readonly #feeds = new Set<Feed>();
  readonly #waiter = createWaiter();
  /** Undefined while nothing is connected or connecting. */
  #client: StompClient | undefined;
  #isWanted = false;
  /** Whether the page went, from which the browser may still bring it back as it was. */
  #isAway = false;
  #attempts = 0;
  /** What the ERROR frame said, until its socket closes; the words also until they were shown. */
  #refusal = { reason: '', code: '' };
  #hintMs = 0;

  constructor(url: string) {
    this.#url = url;
    addEventListener('pagehide', () => this.#leave());
    onWake(() => this.#wake());
  }

  readonly open = (): void => {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#hintMs = 0;
    void this.#attempt();
  };

  close(): void {
    this.#isWanted = false;
    const client = this.#client;
    this.#client = undefined;
    client?.disconnect();
    for (const feed of this.#feeds) feed.stop();
    this.#waiter.skip();
    this.#attempts = 0;
    this.link.value = { phase: 'connecting' };
  }

  subscribe(destination: string, onBody: OnBody): () => void {
    const feed = new Feed(destination, onBody, this.facts);
    this.#feeds.add(feed);
    if (this.#client?.isUp) feed.start(this.#client);
    return () => {
      if (this.#feeds.delete(feed)) feed.unsubscribe();
    };
  }

  readonly retryNow = (): void => this.#waiter.skip();

  measure(): void {
    this.facts.isMeasuring = true;
  }

  async #attempt(): Promise<void> {
    const waitMs = Math.max(this.#hintMs, reconnectDelayMs(this.#attempts, Math.random()));
    this.#attempts += 1;
    this.#hintMs = 0;
    if (waitMs > 0) {
      this.link.value = { phase: 'waiting', untilMs: Date.now() + waitMs, reason: this.#refusal.reason };
      this.#refusal.reason = '';
      await this.#waiter.wait(waitMs);
    }
    // It may have been closed meanwhile, and opened again: then this attempt is not the only one.
    if (!this.#isWanted || this.#isAway || this.#client) return;
    this.link.value = { phase: 'connecting' };
    this.#client = this.#connect();
  }

  #connect(): StompClient {
    const { facts } = this;
    facts.stage = 'closed';
    const socket = new WebSocket(this.#url, 'v12.stomp');
    socket.addEventListener('open', () => {
      facts.stage = 'opened';
    });
    socket.addEventListener('message', () => {
      facts.heardMs = Date.now();
    });
    const client = new StompClient(socket, heartbeatMs, {
      connected: (headers) => {
        noteConnected(facts, headers);
        this.link.value = { phase: 'connected', sinceMs: Date.now() };
        for (const feed of this.#feeds) feed.start(client);
      },
      refused: (headers) => {
        this.#refusal = { reason: headers.message ?? '', code: headers.code ?? '' };
        this.#hintMs = reconnectHintMs(headers);
      },
      closed: (code) => {
        if (client !== this.#client) return;
        this.#client = undefined;
        this.#closed(code);
      },
    });
    return client;
  }

  #closed(closeCode: number): void {
    const { value: link } = this.link;
    const { reason, code } = this.#refusal;
    if (link.phase === 'connected' && Date.now() - link.sinceMs > settledMs) this.#attempts = 1;
    for (const feed of this.#feeds) feed.stop();
    // Where nobody answers any more, what was said last is still the best reason there is.
    const said = this.facts.stage === 'closed' ? this.facts.lastEnd?.reason : '';
    this.facts.lastEnd = { atMs: Date.now(), closeCode, reason: reason || (said ?? '') };
    this.#refusal.code = '';
    const ending = endingOf(closeCode, code);
    if (ending === undefined) {
      void this.#attempt();
      return;
    }
    this.#isWanted = false;
    this.link.value = { phase: 'ended', ending, reason };
    this.#refusal.reason = '';
  }

  /** The tab is closed, reloaded or elsewhere: said, so that it is not taken for a network that was lost. */
  #leave(): void {
    const client = this.#client;
    this.#isAway = true;
    this.#client = undefined;
    if (!client) return;
    client.leave();
    for (const feed of this.#feeds) feed.stop();
    this.link.value = { phase: 'connecting' };
  }

  #return(): void {
    this.#isAway = false;
    this.#attempts = 0;
    if (this.#isWanted) void this.#attempt();
  }

  #wake(): void {
    if (this.#isAway) this.#return();
    this.#waiter.skip();
    // Where the machine has slept, the other side is long gone, without a word.
    if (this.#client?.isUp && Date.now() - this.facts.heardMs > deadMs) this.#client.cut();
  }
}

function noteConnected(facts: LinkFacts, headers: StompFrame['headers']): void {
  const { version = '', session = '', server = '' } = headers;
  const serverMs = Number.parseInt(headers['heart-beat'] ?? '', 10) || 0;
  facts.connects += 1;
  Object.assign(facts, { stage: 'connected', version, session, server, roundTripMs: undefined });
  facts.heartbeatMs = serverMs === 0 ? 0 : Math.max(serverMs, heartbeatMs);
}

/** When somebody looks again, the network is back, or a frozen page goes on. */
function onWake(wake: () => void): void {
  addEventListener('online', wake);
  addEventListener('pageshow', wake);
  document.addEventListener('resume', wake);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake();
  });
}

function reconnectHintMs(error: StompFrame['headers']): number {
  if (error.reconnect === 'false') return refusedMs;
  const hintMs = Number(error['reconnect-after']);
  return Number.isFinite(hintMs) ? Math.min(Math.max(hintMs, 0), refusedMs) : 0;
}

function createWaiter() {
  let skip = (): void => {};
  return {
    wait(ms: number): Promise<void> {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        skip = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    skip: () => skip(),
  };
}
