import type { StompClient } from '../stomp/client.ts';
import type { StompFrame } from '../stomp/frame.ts';
import type { LinkFacts } from './facts.ts';
import { leftOut, type Place, placeOf, resumeHeaders } from './place.ts';

/** How a body came. */
export interface Arrival {
  /** Whether it may be older than a tick, as the first one after SUBSCRIBE. */
  readonly isRetained: boolean;
  /** Whether messages before it were not seen, and will not come: the hole is to be filled by history. */
  readonly hasMissed: boolean;
}

export type OnBody = (body: unknown, arrival: Arrival) => void;

/** Until the first connection, within which nothing is missed that history, asked for meanwhile, has not. */
const startMs = 3_000;

/** A subscription as the page wants it, over all connections. */
export class Feed {
  readonly #destination: string;
  readonly #onBody: OnBody;
  readonly #facts: LinkFacts;
  #unsubscribe: (() => void) | undefined;
  #place: Place | undefined;
  #hasStarted = false;
  /** Since when nothing has come over a connection, epoch ms: since it was wanted, at first. */
  #leftMs = Date.now();

  constructor(destination: string, onBody: OnBody, facts: LinkFacts) {
    this.#destination = destination;
    this.#onBody = onBody;
    this.#facts = facts;
  }

  /** Subscribes over a connection that is up: goes on where it stood, where the server still knows what came since. */
  start(client: StompClient): void {
    const resume = resumeHeaders(this.#place, this.#leftMs, Date.now());
    const mayHaveMissed = this.#hasStarted || Date.now() - this.#leftMs > startMs;
    let isFirst = true;
    this.#hasStarted = true;
    this.#unsubscribe = client.subscribe(
      this.#destination,
      { ...resume, ...window(this.#destination) },
      (message) => {
        const isRecovered = message.headers.recovered === 'true';
        const wasFirst = isFirst;
        isFirst = false;
        try {
          this.#take(message, wasFirst ? mayHaveMissed && !isRecovered : undefined, wasFirst);
        } finally {
          // Whatever becomes of this one, the next is to come.
          this.#acknowledge(client, message, wasFirst);
        }
      },
    );
  }

  /** The connection is gone. */
  stop(): void {
    if (this.#unsubscribe) this.#leftMs = Date.now();
    this.#unsubscribe = undefined;
  }

  unsubscribe(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  #take(message: StompFrame, hasMissed: boolean | undefined, isRetained: boolean): void {
    const place = placeOf(message.headers);
    const skipped = hasMissed === undefined ? leftOut(this.#place, place) : 0;
    this.#facts.messages += 1;
    this.#facts.skipped += skipped;
    const body = parsed(message.body);
    // What can't be read is passed over, and counts as missed: the age of what was read before shows.
    if (body === undefined) return;
    this.#place = place;
    this.#onBody(body, { isRetained, hasMissed: hasMissed ?? skipped > 0 });
  }

  /** Says that a message has been applied, so that the newest one may come; how long that takes is the round trip. */
  #acknowledge(client: StompClient, message: StompFrame, isFirst: boolean): void {
    const { ack } = message.headers;
    if (ack === undefined) return;
    const isMeasured = isFirst || this.#facts.isMeasuring;
    client.send('ACK', { id: ack, ...(isMeasured && { receipt: this.#measured(client, `ack-${ack}`) }) });
  }

  #measured(client: StompClient, receipt: string): string {
    const startMs = performance.now();
    this.#facts.isMeasuring = false;
    client.onReceipt(receipt, () => {
      this.#facts.roundTripMs = performance.now() - startMs;
    });
    return receipt;
  }
}

/** One message under way at a time, so that a page that is slow gets the newest next, never a backlog. */
function window(destination: string): Record<string, string> {
  return destination.startsWith('/topic/') ? { ack: 'client-individual', 'prefetch-count': '1' } : {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
