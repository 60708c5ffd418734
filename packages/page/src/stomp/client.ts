import { frameText, readFrame, type StompFrame } from './frame.ts';

/** What a client tells of its connection, in this order: at most one CONNECTED or ERROR, and in the end that it is over. */
export interface StompListener {
  connected(headers: StompFrame['headers']): void;
  /** ERROR: why the server is about to close. */
  refused(headers: StompFrame['headers']): void;
  /** The connection is gone; `code` is WebSocket's. Nothing comes after it. */
  closed(code: number): void;
}

/** ms that CONNECTED may take, the opening of the WebSocket included. */
const connectMs = 10_000;
/** RFC 6455 §7.1.5: no close was received. */
const lost = 1_006;

/**
 * One STOMP 1.2 connection over one WebSocket, as far as the page needs it: subscriptions, ACK, receipts, heart-beats. It
 * connects at once, and when it is over another one is made.
 */
export class StompClient {
  readonly #socket: WebSocket;
  readonly #listener: StompListener;
  readonly #heartbeatMs: number;
  readonly #messages = new Map<string, (message: StompFrame) => void>();
  readonly #receipts = new Map<string, () => void>();
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #subscriptions = 0;
  #isConnected = false;
  #isOver = false;
  /** When something was heard last, epoch ms. */
  heardMs = Date.now();

  constructor(socket: WebSocket, heartbeatMs: number, listener: StompListener) {
    this.#socket = socket;
    this.#heartbeatMs = heartbeatMs;
    this.#listener = listener;
    this.#timers.push(setTimeout(() => this.cut(), connectMs));
    socket.onopen = () =>
      this.send('CONNECT', {
        'accept-version': '1.2',
        host: location.hostname,
        'heart-beat': `${heartbeatMs},${heartbeatMs}`,
      });
    socket.onmessage = ({ data }) => {
      this.heardMs = Date.now();
      const frame = readFrame(String(data));
      if (frame) this.#take(frame);
    };
    socket.onclose = ({ code }) => this.#end(code);
  }

  /** Whether it is CONNECTED, and its socket open. */
  get isUp(): boolean {
    return this.#isConnected && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a frame without a body; nothing where the socket is not open any more. */
  send(command: string, headers: Readonly<Record<string, string>>): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(frameText(command, headers));
  }

  /** Subscribes; what it returns unsubscribes. */
  subscribe(
    destination: string,
    headers: Readonly<Record<string, string>>,
    onMessage: (message: StompFrame) => void,
  ): () => void {
    const id = `sub-${this.#subscriptions++}`;
    this.#messages.set(id, onMessage);
    this.send('SUBSCRIBE', { id, destination, ...headers });
    return () => {
      if (this.#messages.delete(id)) this.send('UNSUBSCRIBE', { id });
    };
  }

  /** Calls once when the server has done what asked for this receipt. */
  onReceipt(receipt: string, then: () => void): void {
    this.#receipts.set(receipt, then);
  }

  /** Says good-bye, and closes when the server has read it (STOMP 1.2 §DISCONNECT). */
  disconnect(): void {
    if (!this.isUp) {
      this.cut();
      return;
    }
    this.onReceipt('bye', () => this.#socket.close());
    this.send('DISCONNECT', { receipt: 'bye' });
    this.#timers.push(setTimeout(() => this.cut(), connectMs));
  }

  /** Says good-bye without waiting for any answer, not even CONNECTED: where the page goes, there is no later. */
  leave(): void {
    this.send('DISCONNECT', {});
    this.cut();
  }

  /** Ends it here and now: where the network is cut nobody answers a close, and the browser would wait for that. */
  cut(): void {
    this.#socket.close();
    this.#end(lost);
  }

  #take(frame: StompFrame): void {
    const { command, headers } = frame;
    if (command === 'MESSAGE') this.#messages.get(headers.subscription ?? '')?.(frame);
    else if (command === 'RECEIPT') {
      const receipt = headers['receipt-id'] ?? '';
      this.#receipts.get(receipt)?.();
      this.#receipts.delete(receipt);
    } else if (command === 'ERROR') this.#listener.refused(headers);
    else if (command === 'CONNECTED') {
      clearTimeout(this.#timers.pop());
      this.#isConnected = true;
      this.#beat(headers['heart-beat'] ?? '');
      this.#listener.connected(headers);
    }
  }

  /** STOMP 1.2 §Heart-beating: each side as seldom as both allow. */
  #beat(offered: string): void {
    const [sends = 0, wants = 0] = offered.split(',').map(Number);
    if (wants > 0) {
      const beat = (): void => {
        if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send('\n');
      };
      this.#timers.push(setInterval(beat, Math.max(wants, this.#heartbeatMs)));
    }
    if (sends > 0) {
      const everyMs = Math.max(sends, this.#heartbeatMs);
      const check = (): void => {
        if (Date.now() - this.heardMs > 2 * everyMs) this.cut();
      };
      this.#timers.push(setInterval(check, everyMs));
    }
  }

  #end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isConnected = false;
    Object.assign(this.#socket, { onopen: null, onmessage: null, onclose: null });
    for (const timer of this.#timers) clearTimeout(timer);
    this.#listener.closed(code);
  }
}
