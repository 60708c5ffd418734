import type { Headers, ServerFrame } from './codec/frame.ts';
import type { Admission } from './connect.ts';
import { internalError, StompError } from './errors.ts';
import { type Session, toBytes } from './message.ts';
import type { Outbound } from './outbound.ts';
import { OutboundFrame } from './outboundFrame.ts';
import type { Transport } from './transport/transport.ts';

const noBody = new Uint8Array(0);

/** Who replies. */
export interface ReplyingSession extends Session {
  /** A reply could not be made of what the application gave. */
  report(error: unknown): void;
}

/** What one client is told besides messages: CONNECTED, RECEIPT and ERROR. */
export class Replies {
  readonly #session: ReplyingSession;
  readonly #transport: Transport;
  readonly #outbound: Outbound;

  constructor(session: ReplyingSession, transport: Transport, outbound: Outbound) {
    this.#session = session;
    this.#transport = transport;
    this.#outbound = outbound;
  }

  /** Sends CONNECTED. Throws where an interceptor keeps it back: that is a refusal. */
  connected(admission: Admission): void {
    if (!this.#send(connectedFrame(this.#session, admission))) throw refusal();
  }

  /** Sends RECEIPT; `headers` say what was found. */
  receipt(id: string, headers?: Headers): void {
    this.#send(receiptFrame(id, headers));
  }

  /** Closes the connection after what waits, and after a last RECEIPT where one is asked for. */
  bye(receipt: string | undefined): void {
    const { version } = this.#session;
    const frame = receipt === undefined ? undefined : new OutboundFrame(receiptFrame(receipt), version);
    this.#outbound.sendLast(frame, false);
    this.#transport.close(1000, 'client');
  }

  /**
   * Sends ERROR and closes the connection. Nobody is left to take what is thrown here, such as for an
   * interceptor's ERROR that cannot be encoded: the client is then told of an internal error.
   */
  error(error: StompError, receipt: string | undefined): void {
    const { version } = this.#session;
    const frame = (each: StompError) => new OutboundFrame(errorFrame(each, receipt), version);
    try {
      this.#outbound.sendLast(frame(error), error.reason === 'slow');
      this.#transport.close(error.closeCode, error.message);
    } catch (thrown) {
      this.#session.report(thrown);
      const plain = internalError(thrown);
      this.#outbound.finish(frame(plain), true);
      this.#transport.close(plain.closeCode, plain.message);
    }
  }

  #send(frame: ServerFrame): boolean {
    const outgoing = new OutboundFrame(frame, this.#session.version);
    outgoing.isForOne = true;
    return this.#outbound.send(outgoing);
  }
}

/** What a client is told whose CONNECT an interceptor drops, or the answer to it. */
export function refusal(): StompError {
  const text = 'the connection was refused';
  return new StompError(text, { code: 'ERR_STOMP_DROPPED', reason: 'forbidden' });
}

/** The answer to a CONNECT that was granted. Its headers are literal, so a name with a line end is left out. */
function connectedFrame(session: Session, { version, offered }: Admission): ServerFrame {
  const headers = new Map([
    ['version', version],
    ['heart-beat', offered.join()],
    ['session', session.id],
    ['server', 'hostcast-stomp'],
  ]);
  if (session.user) headers.set('user-name', session.user.name);
  return { command: 'CONNECTED', headers, body: noBody };
}

/** The answer to a frame that asked for one and has been processed; `headers` say what was found. */
function receiptFrame(receipt: string, headers: Headers = new Map()): ServerFrame {
  return { command: 'RECEIPT', headers: new Map([['receipt-id', receipt], ...headers]), body: noBody };
}

/** What a client is told before the connection is closed; `receipt` names the frame at fault. */
function errorFrame(error: StompError, receipt: string | undefined): ServerFrame {
  const headers = new Map([
    ['message', error.message],
    ['code', error.code],
    ['reconnect', String(error.reconnect)],
    ['content-type', 'text/plain'],
    ...Object.entries(error.headers),
  ]);
  if (receipt !== undefined) headers.set('receipt-id', receipt);
  return { command: 'ERROR', headers, body: toBytes(`${error.details}\n`) };
}
