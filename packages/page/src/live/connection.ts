import { type ReadonlySignal, signal } from '@preact/signals';
import { Client, type IFrame, Versions } from '@stomp/stompjs';
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
/** Of silence, after which a connection is dead: two heart-beats, as stompjs has it, and a moment. */
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
  readonly #client: Client;
  readonly #feeds = new Set<Feed>();
  readonly #waiter = createWaiter();
  #attempts = 0;
  /** What the ERROR frame said, until its socket closes; the words also until they were shown. */
  #refusal = { reason: '', code: '' };
  #hintMs = 0;

  constructor(url: string) {
    const versions = new Versions([Versions.V1_2, Versions.V1_1]);
    this.#client = new Client({
      webSocketFactory: () => openSocket(url, versions.protocolVersions(), this.facts),
      stompVersions: versions,
      heartbeatIncoming: heartbeatMs,
      heartbeatOutgoing: heartbeatMs,
      connectionTimeout: 10_000,
      // Where the network is cut, nobody answers a close, and the browser would wait for that.
      discardWebsocketOnCommFailure: true,
      // The waits are in beforeConnect: a delay set here can't be changed once it is running.
      reconnectDelay: 1,
      beforeConnect: () => this.#beforeConnect(),
      onConnect: (connected) => {
        noteConnected(this.facts, connected);
        this.link.value = { phase: 'connected', sinceMs: Date.now() };
        for (const feed of this.#feeds) feed.start(this.#client);
      },
      onStompError: (frame) => {
        this.#refusal = { reason: frame.headers.message ?? '', code: frame.headers.code ?? '' };
        this.#hintMs = reconnectHintMs(frame);
      },
      onWebSocketClose: ({ code }) => this.#closed(code),
    });
    onWake(() => this.#wake());
  }

  readonly open = (): void => {
    if (this.#client.active) return;
    this.#hintMs = 0;
    this.link.value = { phase: 'connecting' };
    this.#client.activate();
  };

  close(): void {
    // On a socket that is being closed, DISCONNECT would be an error in the console.
    void this.#client.deactivate({ force: !this.#isUp });
    this.#waiter.skip();
    this.#attempts = 0;
    this.link.value = { phase: 'connecting' };
  }

  subscribe(destination: string, onBody: OnBody): () => void {
    const feed = new Feed(destination, onBody, this.facts);
    this.#feeds.add(feed);
    if (this.#client.connected) feed.start(this.#client);
    return () => {
      if (this.#feeds.delete(feed) && this.#client.connected && this.#client.active && this.#isUp)
        feed.unsubscribe();
    };
  }

  readonly retryNow = (): void => this.#waiter.skip();

  measure(): void {
    this.facts.isMeasuring = true;
  }

  get #isUp(): boolean {
    return this.#client.webSocket?.readyState === WebSocket.OPEN;
  }

  async #beforeConnect(): Promise<void> {
    const waitMs = Math.max(this.#hintMs, reconnectDelayMs(this.#attempts, Math.random()));
    this.#attempts += 1;
    this.#hintMs = 0;
    if (waitMs > 0) {
      this.link.value = { phase: 'waiting', untilMs: Date.now() + waitMs, reason: this.#refusal.reason };
      this.#refusal.reason = '';
      await this.#waiter.wait(waitMs);
    }
    if (this.#client.active) this.link.value = { phase: 'connecting' };
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
    if (ending === undefined || !this.#client.active) return;
    void this.#client.deactivate();
    this.link.value = { phase: 'ended', ending, reason };
    this.#refusal.reason = '';
  }

  #wake(): void {
    this.#waiter.skip();
    // Where the machine has slept, the other side is long gone, without a word.
    if (this.#client.connected && Date.now() - this.facts.heardMs > deadMs) this.#client.forceDisconnect();
  }
}

function openSocket(url: string, protocols: string[], facts: LinkFacts): WebSocket {
  const socket = new WebSocket(url, protocols);
  facts.stage = 'closed';
  socket.addEventListener('open', () => {
    facts.stage = 'opened';
  });
  socket.addEventListener('message', () => {
    facts.heardMs = Date.now();
  });
  return socket;
}

function noteConnected(facts: LinkFacts, { headers }: IFrame): void {
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

function reconnectHintMs(error: IFrame): number {
  if (error.headers.reconnect === 'false') return refusedMs;
  const hintMs = Number(error.headers['reconnect-after']);
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
