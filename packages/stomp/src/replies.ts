import type { Headers, ServerFrame } from './codec/frame.ts';
import type { Admission } from './connect.ts';
import type { StompError } from './errors.ts';
import { type Session, toBytes } from './message.ts';

const noBody = new Uint8Array(0);

/** The answer to a CONNECT that was granted. Its headers are literal, so a name with a line end is left out. */
export function connectedFrame(session: Session, { version, offered }: Admission): ServerFrame {
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
export function receiptFrame(receipt: string, headers: Headers = new Map()): ServerFrame {
  return { command: 'RECEIPT', headers: new Map([['receipt-id', receipt], ...headers]), body: noBody };
}

/** What a client is told before the connection is closed; `receipt` names the frame at fault. */
export function errorFrame(error: StompError, receipt: string | undefined): ServerFrame {
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
