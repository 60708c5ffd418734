import { headerLine, literalLine } from './codec/encoder.ts';
import type { Headers, ServerFrame, StompVersion } from './codec/frame.ts';
import type { Admission } from './connect.ts';
import { internalError, StompError } from './errors.ts';
import { type Session, toBytes } from './message.ts';
import type { Outbound } from './outbound.ts';
import { OutboundFrame } from './outboundFrame.ts';
import type { Transport } from './transport/transport.ts';

const noBody = new Uint8Array(0);
const server = 'hostcast-stomp';
const noHeaders: Headers = new Map();

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
    if (!this.#send(new Connected(this.#session, admission))) throw refusal();
  }

  /** Sends RECEIPT; `headers` say what was found. */
  receipt(id: string, headers: Headers = noHeaders): void {
    this.#send(new Receipt(id, headers, this.#session.version));
  }

  /** Closes the connection after what waits, and after a last RECEIPT where one is asked for. */
  bye(receipt: string | undefined): void {
    const { version } = this.#session;
    const frame =
      receipt === undefined ? undefined : outboundFrame(new Receipt(receipt, noHeaders, version), version);
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

  #send(reply: Connected | Receipt): boolean {
    const outgoing = outboundFrame(reply, this.#session.version);
    outgoing.isForOne = true;
    return this.#outbound.send(outgoing);
  }
}

/** What a client is told whose CONNECT an interceptor drops, or the answer to it. */
export function refusal(): StompError {
  const text = 'the connection was refused';
  return new StompError(text, { code: 'ERR_STOMP_DROPPED', reason: 'forbidden' });
}

// Most replies are seen by nobody but their client: their headers become a Map where somebody looks at them.

/** The answer to a CONNECT that was granted. Its headers are literal, so a name with a line end is left out. */
class Connected {
  readonly command = 'CONNECTED';
  readonly body = noBody;
  readonly #session: Session;
  readonly #admission: Admission;

  constructor(session: Session, admission: Admission) {
    this.#session = session;
    this.#admission = admission;
  }

  get headers(): Headers {
    const { id, user } = this.#session;
    const { version, offered } = this.#admission;
    const headers = new Map([
      ['version', version],
      ['heart-beat', offered.join()],
      ['session', id],
      ['server', server],
    ]);
    if (user) headers.set('user-name', user.name);
    return headers;
  }

  get head(): string {
    const { id, user } = this.#session;
    const { version, offered } = this.#admission;
    const start = `CONNECTED\nversion:${version}\nheart-beat:${offered[0]},${offered[1]}\nsession:${id}\nserver:${server}\n`;
    return user ? `${start}${literalLine('user-name', user.name)}\n` : `${start}\n`;
  }
}

/** The answer to a frame that asked for one and has been processed; the headers say what was found. */
class Receipt {
  readonly command = 'RECEIPT';
  readonly body = noBody;
  readonly #id: string;
  readonly #more: Headers;
  readonly #version: StompVersion;

  constructor(id: string, more: Headers, version: StompVersion) {
    this.#id = id;
    this.#more = more;
    this.#version = version;
  }

  get headers(): Headers {
    return new Map([['receipt-id', this.#id], ...this.#more]);
  }

  get head(): string {
    let head = `RECEIPT\n${headerLine('receipt-id', this.#id, this.#version)}`;
    for (const [name, value] of this.#more) head += headerLine(name, value, this.#version);
    return `${head}\n`;
  }
}

function outboundFrame(reply: Connected | Receipt, version: StompVersion): OutboundFrame {
  return new OutboundFrame(reply, version, undefined, { start: reply.head, rest: noBody });
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
