import { StompError } from '../errors.ts';
import type { StompVersion } from './frame.ts';

const unescaped1_1 = new Map([
  ['n', '\n'],
  ['c', ':'],
  ['\\', '\\'],
]);
const unescaped1_2 = new Map([...unescaped1_1, ['r', '\r']]);

/**
 * Undoes the escapes of a header name or value in one pass, so that `\\n` stays a backslash and an n.
 * Throws ERR_STOMP_ESCAPE for a sequence that the version does not define (STOMP 1.2 §Value Encoding:
 * a fatal protocol error).
 */
export function unescapeHeader(text: string, version: StompVersion): string {
  let at = text.indexOf('\\');
  if (at < 0) return text;
  const meanings = version === '1.1' ? unescaped1_1 : unescaped1_2;
  let result = '';
  let from = 0;
  while (at >= 0) {
    const meaning = meanings.get(text.charAt(at + 1));
    if (meaning === undefined) {
      throw new StompError(`a header has an escape that STOMP ${version} does not define`, {
        code: 'ERR_STOMP_ESCAPE',
      });
    }
    result += text.slice(from, at) + meaning;
    from = at + 2;
    at = text.indexOf('\\', from);
  }
  return result + text.slice(from);
}

const escaped = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  [':', '\\c'],
  ['\r', '\\r'],
]);

/** Escapes a header name or value for STOMP 1.1 and 1.2. */
export function escapeHeader(text: string): string {
  return text.replaceAll(/[\\\n:\r]/g, (character) => escaped.get(character) ?? character);
}
