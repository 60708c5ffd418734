import { StompError } from '../errors.ts';
import type { StompVersion } from './frame.ts';

// Two megabytes of escapes must not hold up the others; `replaceAll` takes more than twice the time (measured).
function replaced(text: string, from: string, to: string): string {
  return text.includes(from) ? text.split(from).join(to) : text;
}

const undefined1_1 = /\\(?![nc])/;
const undefined1_2 = /\\(?![ncr])/;

/**
 * Undoes the escapes of a header name or value, each once, so that `\\n` becomes a backslash and an n.
 * The text has no NUL: the decoder sees to that. Throws ERR_STOMP_ESCAPE for a sequence that the version does
 * not define (STOMP 1.2 §Value Encoding: a fatal protocol error).
 */
export function unescapeHeader(text: string, version: StompVersion): string {
  if (!text.includes('\\')) return text;
  // Backslashes first, and as what no header can hold: what they leave cannot be taken for an escape.
  const marked = replaced(text, '\\\\', '\0');
  if ((version === '1.1' ? undefined1_1 : undefined1_2).test(marked)) {
    throw new StompError(`a header has an escape that STOMP ${version} does not define`, {
      code: 'ERR_STOMP_ESCAPE',
    });
  }
  const plain = replaced(replaced(replaced(marked, '\\c', ':'), '\\n', '\n'), '\\r', '\r');
  return replaced(plain, '\0', '\\');
}

/** Escapes a header name or value for STOMP 1.1 and 1.2. */
export function escapeHeader(text: string): string {
  if (!/[\\\n:\r]/.test(text)) return text;
  // Backslashes first: those that the others bring are not to be doubled.
  const safe = replaced(replaced(text, '\\', '\\\\'), '\n', '\\n');
  return replaced(replaced(safe, ':', '\\c'), '\r', '\\r');
}
