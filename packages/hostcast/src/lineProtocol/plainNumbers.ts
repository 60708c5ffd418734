import type { NumberTarget } from './numbers.ts';

// Nearly all numbers of line protocol have few digits and no exponent, or the 16 or 17 digits that a double is
// written with. Both are read here in one pass over their octets, without a string.

const comma = 0x2c;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const nine = 0x39;
const letterI = 0x69;
const letterU = 0x75;
const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Read beyond the first 15, which are exact in a double whatever they are. */
const furtherDigits = 4;
/** All that are exact in a double. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/**
 * Reads the number that begins at `start` into the target. Returns where it ends, which is at a comma, a space or the
 * line's end; -1 where it is of an unusual form, not whole or no number, which says nothing of what it is.
 */
export function readPlainNumber(bytes: Buffer, start: number, end: number, target: NumberTarget): number {
  const isNegative = bytes[start] === minus;
  let index = isNegative ? start + 1 : start;
  let digits = 0;
  let rest = 0;
  let restDigits = 0;
  let pointAt = -1;
  let octet = 0;
  const first = index;
  for (; index < end; index += 1) {
    octet = bytes[index]!;
    if (octet >= zero && octet <= nine) {
      if (digits < 1e14) digits = digits * 10 + (octet - zero);
      else {
        rest = rest * 10 + (octet - zero);
        restDigits += 1;
      }
    } else if (octet === dot && pointAt < 0) pointAt = index;
    else break;
  }
  const hasPoint = pointAt >= 0;
  if (index - first === (hasPoint ? 1 : 0) || restDigits > furtherDigits) return -1;
  const fraction = hasPoint ? index - pointAt - 1 : 0;
  const value =
    restDigits === 0 ? quotient(digits, fraction) : longQuotient(digits, rest, restDigits, fraction);
  if (Number.isNaN(value)) return -1;
  // Zero has no sign here.
  target.value = isNegative ? 0 - value : value;
  if (octet !== letterI && octet !== letterU) {
    target.type = 'float';
    return isEnd(bytes, index, end) ? index : -1;
  }
  target.type = octet === letterI ? 'integer' : 'unsigned';
  if (hasPoint || (isNegative && octet === letterU) || value > Number.MAX_SAFE_INTEGER) return -1;
  return isEnd(bytes, index + 1, end) ? index + 1 : -1;
}

function isEnd(bytes: Buffer, index: number, end: number): boolean {
  if (index >= end) return false;
  const octet = bytes[index]!;
  return octet === comma || octet === space || octet === newline || octet === carriageReturn;
}

/** Products and quotients of two numbers that are exact in a double are rounded once: correctly. */
function quotient(digits: number, fraction: number): number {
  return fraction === 0
    ? digits
    : fraction < powersOfTen.length
      ? digits / powersOfTen[fraction]!
      : Number.NaN;
}

/**
 * `(digits * 10^restDigits + rest) / 10^fraction` rounded correctly, or NaN where that takes more than is known here.
 * The dividend and the quotient are pairs of doubles (T. J. Dekker, 1971), which leaves an error below 2^-97 of the
 * quotient; where numbers 2^-90 to both sides of it are rounded to different doubles, it lies too near to the middle
 * of two.
 */
function longQuotient(digits: number, rest: number, restDigits: number, fraction: number): number {
  if (fraction >= powersOfTen.length) return Number.NaN;
  const shift = powersOfTen[restDigits]!;
  const high = digits * shift;
  const low = productError(digits, shift, high) + rest;
  const divisor = powersOfTen[fraction]!;
  const first = high / divisor;
  const product = first * divisor;
  const second = (high - product - productError(first, divisor, product) + low) / divisor;
  const margin = first * 2 ** -90;
  const value = first + (second - margin);
  return value === first + (second + margin) ? value : Number.NaN;
}

/** What `product`, which is `a * b` rounded, lacks. */
function productError(a: number, b: number, product: number): number {
  const splitA = a * 134_217_729;
  const highA = splitA - (splitA - a);
  const lowA = a - highA;
  const splitB = b * 134_217_729;
  const highB = splitB - (splitB - b);
  const lowB = b - highB;
  return highA * highB - product + highA * lowB + lowA * highB + lowA * lowB;
}
