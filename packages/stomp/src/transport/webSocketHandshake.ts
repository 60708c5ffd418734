import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { rememberingLast } from '../rememberingLast.ts';
import type { Refusal } from './handshake.ts';

// RFC 6455 §1.3: what is appended to the key, so that no server that knows no WebSocket answers by accident.
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

// RFC 6455 §4.1: 16 octets in base64.
const keyText = /^[+/0-9A-Za-z]{22}==$/;

const protocols = new Set(['v12.stomp', 'v11.stomp', 'v10.stomp']);

/** Why an upgrade is none that RFC 6455 §4.2.1 knows; undefined where it is. */
export function refusalOf({ method, headers }: IncomingMessage): Refusal | undefined {
  if (method !== 'GET') return { status: 405, headers: { Allow: 'GET' } };
  if (headers.upgrade?.toLowerCase() !== 'websocket') return { status: 400 };
  // §4.2.2: the answer names the version that would do.
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 400, headers: { 'Sec-WebSocket-Version': '13' } };
  }
  return keyText.test(headers['sec-websocket-key'] ?? '') ? undefined : { status: 400 };
}

/**
 * The answer that makes a WebSocket of a connection, with the first of the offered protocols that is STOMP and the
 * extension that was agreed on.
 */
export function acceptance(
  { headers }: IncomingMessage,
  more: ReadonlyMap<string, string>,
  extension: string | undefined,
): string {
  const accept = hash('sha1', `${headers['sec-websocket-key']}${acceptSuffix}`, 'base64');
  const protocol = protocolOf(headers['sec-websocket-protocol']);
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  if (protocol !== undefined) text += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  if (extension !== undefined) text += `Sec-WebSocket-Extensions: ${extension}\r\n`;
  for (const [name, value] of more) text += `${name}: ${value}\r\n`;
  return `${text}\r\n`;
}

const protocolOf = rememberingLast((offered: string | undefined) =>
  offered
    ?.split(',')
    .map((each) => each.trim())
    .find((each) => protocols.has(each.toLowerCase())),
);
