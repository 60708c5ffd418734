import { lowerBound } from '../rows.ts';
import type { ChunkReader } from '../segment/chunk.ts';

/** All samples of a series in several chunks, a column at a time; where they overlap, the later chunk wins. */
export class SeriesJoin {
  readonly times: Float64Array;
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
  private readonly chunks: readonly ChunkReader[];
  /** The row of each chunk's rows. */
  private readonly places: readonly Uint32Array[];

  constructor(chunks: readonly ChunkReader[]) {
    this.chunks = chunks;
    const columns = chunks.flatMap((chunk) => chunk.columns);
    this.numbers = [...new Set(columns.filter(({ isText }) => !isText).map(({ name }) => name))];
    this.texts = [...new Set(columns.filter(({ isText }) => isText).map(({ name }) => name))];
    const rows = chunks.reduce((sum, { times }) => sum + times.length, 0);
    const all = new Float64Array(rows);
    let length = 0;
    for (const { times } of chunks) {
      all.set(times, length);
      length += times.length;
    }
    this.times = distinct(all);
    this.places = chunks.map(({ times }) => placesOf(times, this.times));
  }

  number(name: string): Float64Array {
    const values = new Float64Array(this.times.length).fill(Number.NaN);
    this.chunks.forEach((chunk, index) => {
      const places = this.places[index]!;
      const column = chunk.numbers(name);
      for (let row = 0; column && row < column.length; row++) {
        if (!Number.isNaN(column[row]!)) values[places[row]!] = column[row]!;
      }
    });
    return values;
  }

  text(name: string): (string | null)[] {
    const values = new Array<string | null>(this.times.length).fill(null);
    this.chunks.forEach((chunk, index) => {
      const places = this.places[index]!;
      const column = chunk.texts(name);
      for (let row = 0; column && row < column.length; row++) {
        if (column[row] !== null) values[places[row]!] = column[row]!;
      }
    });
    return values;
  }
}

/** Ascending, each once. */
function distinct(times: Float64Array): Float64Array {
  let isAscending = true;
  for (let row = 1; row < times.length; row++) isAscending &&= times[row - 1]! < times[row]!;
  return isAscending ? times : Float64Array.from(new Set(times.sort()));
}

function placesOf(times: Float64Array, all: Float64Array): Uint32Array {
  const places = new Uint32Array(times.length);
  let place = lowerBound(all, all.length, times[0] ?? 0);
  for (let row = 0; row < times.length; row++) {
    while (all[place]! < times[row]!) place++;
    places[row] = place;
  }
  return places;
}
