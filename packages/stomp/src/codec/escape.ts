import { StompError } from '../errors.ts';
import type { StompVersion } from './frame.ts';

/**
 * Undoes the escapes of a header name or value, each once, so that `\\n` becomes a backslash and an n.
 * Throws ERR_STOMP_ESCAPE for a sequence that the version does not define (STOMP 1.2 §Value Encoding: a fatal
 * protocol error).
 */
export function unescapeHeader(text: string, version: StompVersion): string {
  if (!text.includes('\\')) return text;
  // In one pass over numbers: a frame of two megabytes of escapes must not hold up the others.
  const units = new Uint16Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    let unit = text.charCodeAt(at);
    if (unit === backslash) {
      at += 1;
      unit = meaningOf(text.charCodeAt(at), version);
    }
    units[length] = unit;
    length += 1;
  }
  return textOf(units.subarray(0, length));
}

const backslash = 0x5c;

function meaningOf(unit: number, version: StompVersion): number {
  if (unit === backslash) return backslash;
  if (unit === 0x63) return 0x3a;
  if (unit === 0x6e) return 0x0a;
  if (unit === 0x72 && version !== '1.1') return 0x0d;
  throw new StompError(`a header has an escape that STOMP ${version} does not define`, {
    code: 'ERR_STOMP_ESCAPE',
  });
}

// A call takes only so many arguments; spreading them (`...`) takes ten times as long.
function textOf(units: Uint16Array): string {
  let text = '';
  for (let at = 0; at < units.length; at += 4_096) {
    const part: string = Reflect.apply(String.fromCharCode, undefined, units.subarray(at, at + 4_096));
    text += part;
  }
  return text;
}

/** Escapes a header name or value for STOMP 1.1 and 1.2. */
export function escapeHeader(text: string): string {
  if (!/[\\\n:\r]/.test(text)) return text;
  // Backslashes first: those that the others bring are not to be doubled.
  const safe = replaced(replaced(text, '\\', '\\\\'), '\n', '\\n');
  return replaced(replaced(safe, ':', '\\c'), '\r', '\\r');
}

// `replaceAll` takes more than twice the time where there is much to replace (measured).
function replaced(text: string, from: string, to: string): string {
  return text.includes(from) ? text.split(from).join(to) : text;
}
