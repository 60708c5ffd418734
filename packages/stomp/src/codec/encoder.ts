import { escapeHeader } from './escape.ts';
import { type Frame, isLiteral, mayHaveBody, type StompVersion } from './frame.ts';

const utf8 = new TextEncoder();

/**
 * The octets of one frame as a receiver of that version reads it. `content-length` is set from the body
 * wherever there is one. A header that the version has no way to write (a line end in 1.0, a CR in 1.1,
 * a NUL in any) is left out rather than let it end the line or the frame early.
 */
export function encodeFrame(frame: Frame, version: StompVersion): Uint8Array {
  const head = utf8.encode(headOf(frame, version));
  const bytes = new Uint8Array(head.length + frame.body.length + 1);
  bytes.set(head);
  bytes.set(frame.body, head.length);
  return bytes;
}

function headOf(frame: Frame, version: StompVersion): string {
  const literal = isLiteral(frame.command, version);
  let head = `${frame.command}\n`;
  for (const [name, value] of frame.headers) {
    if (name === 'content-length' || !canCarry(name, value, literal, version)) continue;
    head += literal ? `${name}:${value}\n` : `${escapeHeader(name)}:${escapeHeader(value)}\n`;
  }
  if (mayHaveBody(frame.command)) head += `content-length:${frame.body.length}\n`;
  return `${head}\n`;
}

function canCarry(name: string, value: string, literal: boolean, version: StompVersion): boolean {
  if (name === '' || name.includes('\0') || value.includes('\0')) return false;
  if (literal) return !name.includes(':') && !hasLineEnd(name) && !hasLineEnd(value);
  return version !== '1.1' || !(name.includes('\r') || value.includes('\r'));
}

function hasLineEnd(text: string): boolean {
  return text.includes('\n') || text.includes('\r');
}
