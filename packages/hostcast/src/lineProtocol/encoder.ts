import type { Field, Point } from '@hostcast/tsdb';

const largestInteger = 2n ** 63n - 1n;
const smallestInteger = -(2n ** 63n);

/**
 * Points as line protocol with nanosecond timestamps, one line each, such that the parser returns the same
 * points. As Telegraf does: unsigned integers are written as `i` and clamped, because InfluxDB 1.x knows no
 * `u`; NaN, infinities, empty tags, trailing backslashes of names and control characters in names are left
 * out. A point that line protocol cannot express (no field, a measurement that is empty or a comment) is left
 * out too.
 */
export function encodePoints(points: readonly Point[]): string {
  let lines = '';
  for (const point of points) lines += encodePoint(point);
  return lines;
}

function encodePoint({ measurement, tags, fields, timeMs }: Point): string {
  const name = escapeName(measurement, /[, ]/g);
  if (name === '' || name.startsWith('#')) return '';
  let line = name;
  for (const [key, value] of tags) {
    const tag = escapeKey(value);
    if (tag !== '' && key !== '') line += `,${escapeKey(key)}=${tag}`;
  }
  let separator = ' ';
  for (const field of fields) {
    const value = encodeValue(field);
    if (value === '' || field.name === '') continue;
    line += `${separator}${escapeKey(field.name)}=${value}`;
    separator = ',';
  }
  if (separator === ' ') return '';
  return `${line} ${timeMs === 0 ? '0' : `${timeMs}000000`}\n`;
}

/** A tag's key or value, or a field's key, as it stands in a line. */
export function escapeKey(text: string): string {
  return escapeName(text, /[,= ]/g);
}

/** The same with other characters to be escaped: those of a measurement are comma and space. */
export function escapeName(text: string, separators: RegExp): string {
  // The common name needs nothing.
  if (/^[\w./:%-]*$/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is left out.
  return text.replace(/[\x00-\x1f\x7f]|\\+$/g, '').replace(separators, '\\$&');
}

/** A text as a field's value. */
export function encodeText(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function encodeValue({ type, value }: Field): string {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return encodeText(value);
  if (!Number.isFinite(value)) return '';
  return type === 'float' ? String(value) : `${encodeInteger(value)}i`;
}

function encodeInteger(value: number): string {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return String(whole);
  const exact = BigInt(whole);
  return String(exact > largestInteger ? largestInteger : exact < smallestInteger ? smallestInteger : exact);
}
