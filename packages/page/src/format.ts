import type { Unit } from 'hostcast/metrics';
import { preference } from './preference.ts';

/** What figures are shown in: the server's units, and what the page makes of them. */
export type ShownUnit = Unit | 'bitsPerSecond';

/** What rates of networks are shown in, kept in this browser; what disks read and write is in bytes either way. */
export const networkRates = preference('network', ['bytes', 'bits']);

/** What rates of networks, which come in bytes per second, are multiplied by to be shown, and in which unit. */
export function networkUnit(): { readonly unit: ShownUnit; readonly scale: number } {
  return networkRates.value === 'bits'
    ? { unit: 'bitsPerSecond', scale: 8 }
    : { unit: 'bytesPerSecond', scale: 1 };
}

/** A figure and its unit apart, because the unit is set smaller; `unit` may be empty. */
export interface Formatted {
  readonly figure: string;
  readonly unit: string;
}

const counts = new Intl.NumberFormat('en');

/** How many: `1,234`; Korean counts are written so, too. */
export function countText(count: number): string {
  return counts.format(count);
}

/** Narrow no-break space: stands between figure and unit. */
export const thinSpace = '\u202f';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const decimal = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Units of time in seconds, longest first; a day is told from two on, as ages are. */
const lengths: readonly (readonly [unit: string, seconds: number, from: number])[] = [
  ['d', 86_400, 2],
  ['h', 3_600, 2],
  ['min', 60, 5],
  ['s', 1, 1],
  ['ms', 1e-3, 1],
  ['µs', 1e-6, 1],
  ['ns', 1e-9, 1],
];

/**
 * A value in its unit, with as many digits as tell something: `12.5 %`, `3.81 GiB` (IEC, what is stored),
 * `1.05 MB/s` (SI, what flows), `0.42` (load).
 */
export function formatValue(value: number, unit: ShownUnit): Formatted {
  switch (unit) {
    case 'percent':
      return { figure: isHuge(value) ? exponential(value) : percentFigure(value), unit: '%' };
    case 'bytes':
      return scaled(value, 1024, binary, '');
    case 'bytesPerSecond':
      return scaled(value, 1000, decimal, 'B/s');
    case 'bitsPerSecond':
      return scaled(value, 1000, decimal, 'bit/s');
    case 'perSecond':
      return scaled(value, 1000, decimal, '/s');
    case 'seconds':
      return secondsText(value);
    case 'celsius':
      return { figure: isHuge(value) ? exponential(value) : trimmed(value), unit: '°C' };
    case 'load':
      return { figure: isHuge(value) ? exponential(value) : value.toFixed(2), unit: '' };
    case 'count':
    case 'number':
      if (value !== 0 && Math.abs(value) < 0.01) return { figure: small(value), unit: '' };
      return Math.abs(value) < 10_000
        ? { figure: trimmed(value), unit: '' }
        : scaled(value, 1000, decimal, '');
  }
}

/** The same as one text, for axes, labels and titles. */
export function valueText(value: number | null | undefined, unit: ShownUnit): string {
  if (value === null || value === undefined) return '–';
  const formatted = formatValue(value, unit);
  return formatted.unit === '' ? formatted.figure : formatted.figure + thinSpace + formatted.unit;
}

/** A figure on an axis: without digits that only say zero, and without what of a rate's unit stands beside the title. */
export function axisText(value: number, unit: ShownUnit): string {
  if (value === 0) return unit === 'percent' ? `0${thinSpace}%` : '0';
  const { figure, unit: shown } = formatValue(value, unit);
  const short = figure.includes('.') && !figure.includes('e') ? figure.replace(/\.?0+$/, '') : figure;
  const brief = shown.replace(
    unit === 'bitsPerSecond' ? 'bit/s' : 'B/s',
    unit === 'bitsPerSecond' ? 'b' : 'B',
  );
  return brief === '' ? short : short + thinSpace + brief;
}

/** `340 µs`, `12.5 ms`, `3.2 s`, `5.2 h`. */
function secondsText(value: number): Formatted {
  const size = Math.abs(value);
  const [unit = 's', length = 1] = lengths.find(([, seconds, from]) => size >= seconds * from) ?? [];
  const rest = value / length;
  return { figure: isHuge(rest) ? exponential(rest) : trimmed(rest), unit };
}

function percentFigure(value: number): string {
  return Math.abs(value) >= 99.95 ? value.toFixed(0) : value.toFixed(1);
}

function scaled(value: number, base: number, prefixes: readonly string[], suffix: string): Formatted {
  let rest = value;
  let power = 0;
  // 999.95 would be rounded to 1000, which is the next prefix's 1.
  while (Math.abs(rest) >= base * 0.9995 && power < prefixes.length - 1) {
    rest /= base;
    power += 1;
  }
  if (Math.abs(rest) >= base) return { figure: exponential(value), unit: `${prefixes[0]}${suffix}` };
  return { figure: power === 0 ? trimmed(rest) : threeDigits(rest), unit: `${prefixes[power]}${suffix}` };
}

/** Beyond this a figure without prefixes would be a row of digits that nobody counts. */
function isHuge(value: number): boolean {
  return Math.abs(value) >= 1_000_000;
}

/** `0.0025`, `2.5e-7`: not zero, which it would be after rounding. */
function small(value: number): string {
  return Math.abs(value) < 0.000_1 ? exponential(value) : value.toPrecision(2);
}

/** `1.5e300`: beyond the last prefix. */
function exponential(value: number): string {
  return value.toExponential(2).replace(/\.?0*e\+?/, 'e');
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

function trimmed(value: number): string {
  return Number.isInteger(value) ? String(value) : threeDigits(value);
}

/** What stands after a count of seconds, minutes, hours and days, in the language that is shown. */
export interface TimeWords {
  readonly s: string;
  readonly min: string;
  readonly h: string;
  readonly d: string;
}

/** English ones, which are those of the SI too. */
export const siTimeWords: TimeWords = {
  s: `${thinSpace}s`,
  min: `${thinSpace}min`,
  h: `${thinSpace}h`,
  d: `${thinSpace}d`,
};

let timeWords = siTimeWords;

/** Tells ages and durations in these words from now on. */
export function tellTimesIn(words: TimeWords): void {
  timeWords = words;
}

/** How old: `2 s`, `3 min`, `2 h`, `41 d`. */
export function ageText(ms: number): string {
  if (ms < minute) return Math.floor(ms / second) + timeWords.s;
  if (ms < hour) return Math.floor(ms / minute) + timeWords.min;
  if (ms < 2 * day) return Math.floor(ms / hour) + timeWords.h;
  return Math.floor(ms / day) + timeWords.d;
}

/** How long, with two parts: `41 d 3 h`, `3 h 12 min`, `12 min`. */
export function durationText(ms: number): string {
  const parts: [number, string][] = [
    [Math.floor(ms / day), timeWords.d],
    [Math.floor((ms % day) / hour), timeWords.h],
    [Math.floor((ms % hour) / minute), timeWords.min],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return Math.floor(ms / second) + timeWords.s;
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, word]) => count + word).join(' ');
}

const collator = new Intl.Collator('en', { numeric: true });

/** The order in which names are listed: `cpu2` before `cpu10`. */
export function naturally(a: string, b: string): number {
  return collator.compare(a, b);
}
