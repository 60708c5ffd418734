/** Samples of one series ordered by time: a value per row in every column, NaN or null where there is none. */
export interface Rows {
  readonly times: Float64Array;
  readonly numbers: ReadonlyMap<string, Float64Array>;
  readonly texts: ReadonlyMap<string, readonly (string | null)[]>;
}

/** The index of the first time that is not before `timeMs`, among the first `length` of ascending `times`. */
export function lowerBound(times: Float64Array, length: number, timeMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows `from` to `to` (exclusive), as views where possible. */
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  if (from === 0 && to === rows.times.length) return rows;
  return {
    times: rows.times.subarray(from, to),
    numbers: new Map(Array.from(rows.numbers, ([name, values]) => [name, values.subarray(from, to)])),
    texts: new Map(Array.from(rows.texts, ([name, values]) => [name, values.slice(from, to)])),
  };
}

/**
 * Joins pieces into fresh arrays. Pieces that follow each other in time are put end to end; where they
 * overlap, the later piece of the list wins per time and field.
 */
export function joinRows(pieces: readonly Rows[]): Rows {
  return areInOrder(pieces) ? concatenate(pieces) : merge(pieces);
}

/** Whether each piece ends before the next one begins; all have rows. */
export function areInOrder(pieces: readonly Rows[]): boolean {
  return pieces.every(({ times }, index) => index === 0 || pieces[index - 1]!.times.at(-1)! < times[0]!);
}

/** Without rows that have no value at all, and without columns that have none. */
export function dropEmpty(rows: Rows): Rows {
  const numbers = [...rows.numbers].filter(([, values]) => values.some((value) => !Number.isNaN(value)));
  const texts = [...rows.texts].filter(([, values]) => values.some((value) => value !== null));
  const isFull =
    numbers.some(([, values]) => !values.some(Number.isNaN)) ||
    texts.some(([, values]) => !values.includes(null));
  if (isFull) return { times: rows.times, numbers: new Map(numbers), texts: new Map(texts) };
  const kept = Array.from(rows.times.keys()).filter(
    (row) =>
      numbers.some(([, values]) => !Number.isNaN(values[row])) ||
      texts.some(([, values]) => values[row] !== null),
  );
  return {
    times: Float64Array.from(kept, (row) => rows.times[row]!),
    numbers: new Map(numbers.map(([name, values]) => [name, Float64Array.from(kept, (row) => values[row]!)])),
    texts: new Map(texts.map(([name, values]) => [name, kept.map((row) => values[row]!)])),
  };
}

function concatenate(pieces: readonly Rows[]): Rows {
  const length = pieces.reduce((sum, piece) => sum + piece.times.length, 0);
  const joined = emptyRows(length);
  let start = 0;
  for (const piece of pieces) {
    joined.times.set(piece.times, start);
    for (const [name, values] of piece.numbers) numbersOf(joined, name).set(values, start);
    for (const [name, values] of piece.texts) {
      const into = textsOf(joined, name);
      for (let row = 0; row < values.length; row++) into[start + row] = values[row]!;
    }
    start += piece.times.length;
  }
  return joined;
}

function merge(pieces: readonly Rows[]): Rows {
  const times = Float64Array.from(new Set(pieces.flatMap((piece) => Array.from(piece.times)))).sort();
  const merged = emptyRows(times.length);
  merged.times.set(times);
  for (const piece of pieces) {
    const places = Array.from(piece.times, (timeMs) => lowerBound(times, times.length, timeMs));
    for (const [name, values] of piece.numbers) {
      const into = numbersOf(merged, name);
      for (let row = 0; row < places.length; row++) {
        if (!Number.isNaN(values[row])) into[places[row]!] = values[row]!;
      }
    }
    for (const [name, values] of piece.texts) {
      const into = textsOf(merged, name);
      for (let row = 0; row < places.length; row++) {
        const value = values[row]!;
        if (value !== null) into[places[row]!] = value;
      }
    }
  }
  return merged;
}

interface JoinedRows extends Rows {
  readonly numbers: Map<string, Float64Array>;
  readonly texts: Map<string, (string | null)[]>;
}

function emptyRows(length: number): JoinedRows {
  return { times: new Float64Array(length), numbers: new Map(), texts: new Map() };
}

function numbersOf({ times, numbers }: JoinedRows, name: string): Float64Array {
  const known = numbers.get(name);
  if (known) return known;
  const added = new Float64Array(times.length).fill(Number.NaN);
  numbers.set(name, added);
  return added;
}

function textsOf({ times, texts }: JoinedRows, name: string): (string | null)[] {
  const known = texts.get(name);
  if (known) return known;
  const added = new Array<string | null>(times.length).fill(null);
  texts.set(name, added);
  return added;
}
