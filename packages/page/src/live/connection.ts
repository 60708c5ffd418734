import { type ReadonlySignal, signal } from '@preact/signals';
import { Client, type IFrame, type StompSubscription, Versions } from '@stomp/stompjs';
import { reconnectDelayMs } from './backoff.ts';
import { endingOf } from './ending.ts';
import type { Link } from './status.ts';

/** A body that came; `retained` is true for the first one after SUBSCRIBE, which may be older than a tick. */
export type OnBody = (body: unknown, retained: boolean) => void;

export interface Connection {
  readonly link: ReadonlySignal<Link>;
  /** Connects, and reconnects until `close` is called or the server ends it for good. */
  open(): void;
  /** Says good-bye. */
  close(): void;
  /** Subscribes now and after every reconnect, until the returned function is called. */
  subscribe(destination: string, onBody: OnBody): () => void;
  /** Stops waiting for the next attempt. */
  retryNow(): void;
}

interface Subscriber {
  readonly destination: string;
  readonly onBody: OnBody;
  current: StompSubscription | undefined;
}

const heartbeatMs = 10_000;
/** A connection that lasted this long was a good one: after it the waits start small again. */
const settledMs = 10_000;
/** The wait after a refusal that the server says is final, so that it is not asked in a loop. */
const refusedMs = 60_000;

/** The page's one STOMP connection, kept open between `open` and `close`. */
export function connect(url: string): Connection {
  const link = signal<Link>({ phase: 'connecting' });
  const subscribers = new Set<Subscriber>();
  const waiter = createWaiter();
  const attempts = { count: 0, hintMs: 0, reason: '', code: '' };

  const client = new Client({
    brokerURL: url,
    stompVersions: new Versions([Versions.V1_2, Versions.V1_1]),
    heartbeatIncoming: heartbeatMs,
    heartbeatOutgoing: heartbeatMs,
    connectionTimeout: 10_000,
    // The waits are in beforeConnect: a delay set here can't be changed once it is running.
    reconnectDelay: 1,
    beforeConnect: async () => {
      const waitMs = Math.max(attempts.hintMs, reconnectDelayMs(attempts.count, Math.random()));
      attempts.count += 1;
      attempts.hintMs = 0;
      if (waitMs > 0) {
        link.value = { phase: 'waiting', untilMs: Date.now() + waitMs, reason: attempts.reason };
        attempts.reason = '';
        await waiter.wait(waitMs);
      }
      if (client.active) link.value = { phase: 'connecting' };
    },
    onConnect: () => {
      link.value = { phase: 'connected', sinceMs: Date.now() };
      for (const subscriber of subscribers) start(client, subscriber);
    },
    onStompError: (frame) => {
      attempts.reason = frame.headers.message ?? '';
      attempts.code = frame.headers.code ?? '';
      attempts.hintMs = reconnectHintMs(frame);
    },
    onWebSocketClose: ({ code }) => {
      const { value } = link;
      if (value.phase === 'connected' && Date.now() - value.sinceMs > settledMs) attempts.count = 1;
      for (const subscriber of subscribers) subscriber.current = undefined;
      const ending = endingOf(code, attempts.code);
      attempts.code = '';
      if (ending === undefined || !client.active) return;
      void client.deactivate();
      link.value = { phase: 'ended', ending, reason: attempts.reason };
      attempts.reason = '';
    },
  });
  addEventListener('online', waiter.skip);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) waiter.skip();
  });

  return {
    link,
    open() {
      if (client.active) return;
      attempts.hintMs = 0;
      link.value = { phase: 'connecting' };
      client.activate();
    },
    close() {
      // On a socket that is being closed, DISCONNECT would be an error in the console.
      void client.deactivate({ force: client.webSocket?.readyState !== WebSocket.OPEN });
      waiter.skip();
      attempts.count = 0;
      link.value = { phase: 'connecting' };
    },
    retryNow: waiter.skip,
    subscribe(destination, onBody) {
      const subscriber: Subscriber = { destination, onBody, current: undefined };
      subscribers.add(subscriber);
      if (client.connected) start(client, subscriber);
      return () => {
        const isUp = client.active && client.webSocket?.readyState === WebSocket.OPEN;
        if (subscribers.delete(subscriber) && client.connected && isUp) subscriber.current?.unsubscribe();
      };
    },
  };
}

/** One STOMP subscription per subscriber: messages are told apart by its id, not by their destination. */
function start(client: Client, subscriber: Subscriber): void {
  let retained = true;
  subscriber.current = client.subscribe(subscriber.destination, (message) => {
    const body = parsed(message.body);
    if (body !== undefined) subscriber.onBody(body, retained);
    retained = false;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What can't be read is passed over: the age of what was read before shows.
    return undefined;
  }
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
