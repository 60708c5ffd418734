import { escapeHeader } from './escape.ts';
import { type Frame, isLiteral, mayHaveBody, type StompVersion } from './frame.ts';

const utf8 = new TextEncoder();

/**
 * The octets of one frame as a receiver of that version reads it. `content-length` is set from the body
 * wherever there is one. A header that the version has no way to write (a line end in 1.0, a CR in 1.1,
 * a NUL in any) is left out rather than let it end the line or the frame early.
 */
export function encodeFrame(frame: Frame, version: StompVersion): Uint8Array {
  const head = utf8.encode(encodeHead(frame, version));
  const bytes = new Uint8Array(head.length + frame.body.length + 1);
  bytes.set(head);
  bytes.set(frame.body, head.length);
  return bytes;
}

/** What of a frame stands before its body. */
export function encodeHead(frame: Frame, version: StompVersion): string {
  const isAsItIs = isLiteral(frame.command, version);
  let head = `${frame.command}\n`;
  for (const [name, value] of frame.headers) head += lineOf(name, value, isAsItIs, version);
  if (mayHaveBody(frame.command)) head += lengthLine(frame.body);
  return `${head}\n`;
}

/** The line of one header of a MESSAGE; nothing where the version cannot write it, or it is ours to set. */
export function headerLine(name: string, value: string, version: StompVersion): string {
  return lineOf(name, value, version === '1.0', version);
}

/** The line of one header of a CONNECTED, which has no escapes; nothing where it would take some. */
export function literalLine(name: string, value: string): string {
  return lineOf(name, value, true, '1.2');
}

/** The line that tells how long a body is. */
export function lengthLine(body: Uint8Array): string {
  return `content-length:${body.length}\n`;
}

function lineOf(name: string, value: string, isAsItIs: boolean, version: StompVersion): string {
  if (name === 'content-length' || !canCarry(name, value, isAsItIs, version)) return '';
  return isAsItIs ? `${name}:${value}\n` : `${escapeHeader(name)}:${escapeHeader(value)}\n`;
}

function canCarry(name: string, value: string, isAsItIs: boolean, version: StompVersion): boolean {
  if (name === '' || name.includes('\0') || value.includes('\0')) return false;
  if (isAsItIs) return !name.includes(':') && !hasLineEnd(name) && !hasLineEnd(value);
  return version !== '1.1' || !(name.includes('\r') || value.includes('\r'));
}

function hasLineEnd(text: string): boolean {
  return text.includes('\n') || text.includes('\r');
}
