import type { FieldType } from '@hostcast/tsdb';

/** Units of timestamps: those of InfluxDB's write APIs. `auto` judges each timestamp by its magnitude. */
export type Precision = 'ns' | 'us' | 'ms' | 's' | 'm' | 'h' | 'auto';

/** How a timestamp becomes milliseconds: its last `digits` digits are cut off, the rest is multiplied. */
export interface PrecisionScale {
  readonly digits: number;
  readonly multiply: number;
  /** Then each timestamp has a scale of its own, and these are those of a missing one. */
  readonly isByMagnitude?: boolean;
}

const nanoseconds: PrecisionScale = { digits: 6, multiply: 1 };
const scales: ReadonlyMap<Precision, PrecisionScale> = new Map<Precision, PrecisionScale>([
  ['ns', nanoseconds],
  ['us', { digits: 3, multiply: 1 }],
  ['ms', { digits: 0, multiply: 1 }],
  ['s', { digits: 0, multiply: 1_000 }],
  ['m', { digits: 0, multiply: 60_000 }],
  ['h', { digits: 0, multiply: 3_600_000 }],
  ['auto', { ...nanoseconds, isByMagnitude: true }],
]);

/** Below which number `auto` takes a timestamp for which unit, as InfluxDB 3 does (its docs, `/api/v3/write_lp`). */
const magnitudes: readonly (readonly [number, Precision])[] = [
  [5e9, 's'],
  [5e12, 'ms'],
  [5e15, 'us'],
];

/** @throws RangeError for a precision that does not exist. */
export function precisionOf(precision: Precision): PrecisionScale {
  const scale = scales.get(precision);
  if (scale === undefined) throw new RangeError(`precision ${precision} is not one of ${[...scales.keys()]}`);
  return scale;
}

/** Where `parseNumber` puts what it read. */
export interface NumberTarget {
  type: FieldType;
  value: number | boolean | string;
}

const minus = 0x2d;
const zero = 0x30;
const letterI = 0x69;
const letterU = 0x75;
const floatSyntax = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const integerSyntax = /^-?\d+$/;
const largestInteger = 2n ** 63n - 1n;
const smallestInteger = -(2n ** 63n);
const largestUnsigned = 2n ** 64n - 1n;

/** Reads the number in those octets; returns what is wrong with it, or an empty string. */
export function parseNumber(bytes: Buffer, start: number, end: number, target: NumberTarget): string {
  const last = bytes[end - 1];
  const type = last === letterI ? 'integer' : last === letterU ? 'unsigned' : 'float';
  target.type = type;
  const digitsEnd = type === 'float' ? end : end - 1;
  const text = bytes.toString('latin1', start, digitsEnd);
  return type === 'float' ? parseFloatText(text, target) : parseIntegerText(text, type, target);
}

function parseFloatText(text: string, target: NumberTarget): string {
  if (!floatSyntax.test(text)) return 'the value of a field is neither number, boolean nor string';
  const value = Number(text);
  if (!Number.isFinite(value)) return 'a float out of range';
  target.value = value + 0;
  return '';
}

function parseIntegerText(text: string, type: 'integer' | 'unsigned', target: NumberTarget): string {
  if (!integerSyntax.test(text) || (type === 'unsigned' && text.startsWith('-'))) {
    return `the value of a field is not an ${type === 'integer' ? '' : 'unsigned '}integer`;
  }
  const significant = text.replace(/^(-?)0+(?=\d)/, '$1');
  // BigInt takes quadratic time: nothing longer than can be in range is given to it.
  const exact = significant.length > 20 ? undefined : BigInt(significant);
  const [smallest, largest] = type === 'integer' ? [smallestInteger, largestInteger] : [0n, largestUnsigned];
  if (exact === undefined || exact < smallest || exact > largest) return `an ${type} out of range`;
  target.value = Number(exact);
  return '';
}

/** The largest time in ms that has a 64-bit number of nanoseconds, and what may follow it in nanoseconds. */
const largestMs = 9_223_372_036_854;
const largestRest = 775_807;

/** Epoch ms, rounded down, of the timestamp in those octets; NaN where it is none or has no 64-bit nanoseconds. */
export function parseTime(bytes: Buffer, start: number, end: number, precision: PrecisionScale): number {
  const isNegative = bytes[start] === minus;
  const from = isNegative ? start + 1 : start;
  if (from === end) return Number.NaN;
  const scale = precision.isByMagnitude ? scaleOf(wholeNumber(bytes, from, end)) : precision;
  const cut = Math.max(from, end - scale.digits);
  const ms = wholeNumber(bytes, from, cut) * scale.multiply;
  const rest = wholeNumber(bytes, cut, end);
  if (ms > largestMs) return Number.NaN;
  const lastRest = Math.floor((largestRest + (isNegative ? 1 : 0)) / 10 ** (6 - scale.digits));
  if (ms === largestMs && rest > lastRest) return Number.NaN;
  return isNegative ? 0 - ms - (rest > 0 ? 1 : 0) : ms;
}

function scaleOf(timestamp: number): PrecisionScale {
  const unit = magnitudes.find(([limit]) => timestamp < limit)?.[1];
  return unit === undefined ? nanoseconds : precisionOf(unit);
}

function wholeNumber(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index += 1) value = value * 10 + (bytes[index]! - zero);
  return value;
}
