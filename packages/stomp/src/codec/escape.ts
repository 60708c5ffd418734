import { StompError } from '../errors.ts';
import type { StompVersion } from './frame.ts';

/**
 * Undoes the escapes of a header name or value, each once, so that `\\n` becomes a backslash and an n.
 * Throws ERR_STOMP_ESCAPE for a sequence that the version does not define (STOMP 1.2 §Value Encoding: a fatal
 * protocol error).
 */
export function unescapeHeader(text: string, version: StompVersion): string {
  if (!text.includes('\\')) return text;
  // In one pass over octets: a frame of two megabytes of escapes must not hold up the others.
  const octets = encoder.encode(text);
  let length = 0;
  for (let at = 0; at < octets.length; at += 1) {
    let octet = octets[at] ?? 0;
    if (octet === backslash) {
      at += 1;
      octet = meaningOf(octets[at], version);
    }
    octets[length] = octet;
    length += 1;
  }
  return decoder.decode(octets.subarray(0, length));
}

const encoder = new TextEncoder();
// A BOM inside a header is data, so it must not be swallowed.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const backslash = 0x5c;

function meaningOf(octet: number | undefined, version: StompVersion): number {
  if (octet === backslash) return backslash;
  if (octet === 0x63) return 0x3a;
  if (octet === 0x6e) return 0x0a;
  if (octet === 0x72 && version !== '1.1') return 0x0d;
  throw new StompError(`a header has an escape that STOMP ${version} does not define`, {
    code: 'ERR_STOMP_ESCAPE',
  });
}

/** Escapes a header name or value for STOMP 1.1 and 1.2. */
export function escapeHeader(text: string): string {
  if (!/[\\\n:\r]/.test(text)) return text;
  const octets = encoder.encode(text);
  const escaped = new Uint8Array(2 * octets.length);
  let length = 0;
  for (const octet of octets) {
    const letter = letterOf(octet);
    if (letter !== undefined) {
      escaped[length] = backslash;
      length += 1;
    }
    escaped[length] = letter ?? octet;
    length += 1;
  }
  return decoder.decode(escaped.subarray(0, length));
}

function letterOf(octet: number): number | undefined {
  if (octet === backslash) return backslash;
  if (octet === 0x3a) return 0x63;
  if (octet === 0x0a) return 0x6e;
  return octet === 0x0d ? 0x72 : undefined;
}
