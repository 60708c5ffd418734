import type { SeriesSamples } from '@hostcast/tsdb';
import { encodeText, escapeKey, escapeName } from './encoder.ts';

/** About as much as one piece has, in characters. */
const pieceLength = 256 * 1024;

/**
 * Rows of a series as line protocol with nanosecond timestamps, in pieces of whole lines. All numbers are written as
 * floats, which is what the store knows; each is read back bit by bit.
 */
export function* encodeSeries(samples: SeriesSamples): Generator<string, void, void> {
  const { measurement, tags, times, columns, texts } = samples;
  let series = escapeName(measurement, /[, ]/g);
  for (const [key, value] of tags) series += `,${escapeKey(key)}=${escapeKey(value)}`;
  const numbers = columnsOf(columns);
  const strings = columnsOf(texts);
  // A line has one field of a name: a field that is a number here and a text there takes two lines.
  const isSplit = strings.some(({ key }) => numbers.some((number) => number.key === key));
  let piece = '';
  for (let row = 0; row < times.length; row++) {
    const end = ` ${nanoseconds(times[row]!)}\n`;
    const numberFields = numbersAt(numbers, row);
    const textFields = textsAt(strings, row);
    if (isSplit || textFields === '' || numberFields === '') {
      if (numberFields !== '') piece += `${series} ${numberFields}${end}`;
      if (textFields !== '') piece += `${series} ${textFields}${end}`;
    } else piece += `${series} ${numberFields},${textFields}${end}`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** By name, so that the same figures give the same text wherever they lie. */
function columnsOf<Values>(columns: ReadonlyMap<string, Values>): { key: string; values: Values }[] {
  const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, values]) => ({ key: escapeKey(name), values }));
}

function numbersAt(columns: readonly { key: string; values: Float64Array }[], row: number): string {
  let fields = '';
  for (const { key, values } of columns) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    fields += `${fields === '' ? '' : ','}${key}=${Object.is(value, -0) ? '-0' : value}`;
  }
  return fields;
}

function textsAt(
  columns: readonly { key: string; values: readonly (string | null)[] }[],
  row: number,
): string {
  let fields = '';
  for (const { key, values } of columns) {
    const value = values[row];
    if (typeof value === 'string') fields += `${fields === '' ? '' : ','}${key}=${encodeText(value)}`;
  }
  return fields;
}

function nanoseconds(timeMs: number): string {
  return timeMs === 0 ? '0' : `${timeMs}000000`;
}
