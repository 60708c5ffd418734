import type { PlacedChunk, Places } from './segmentIndex.ts';

/** So many chunks are one step of work. */
const stepLength = 2048;

/** Step by step, since there may be very many chunks. */
export function* placesOf(chunks: readonly PlacedChunk[]): Generator<void, Places, void> {
  const { length } = chunks;
  const order = orderById(chunks);
  yield;
  const ids = new Int32Array(length);
  const offsets = new Float64Array(length);
  const lengths = new Uint32Array(length);
  const crcs = new Uint32Array(length);
  for (let index = 0; index < length; index++) {
    const chunk = chunks[order[index]!]!;
    ids[index] = chunk.series.id;
    offsets[index] = chunk.offset;
    lengths[index] = chunk.length;
    crcs[index] = chunk.crc;
    if (index % stepLength === stepLength - 1) yield;
  }
  return { ids, offsets, lengths, crcs };
}

/** The chunks by the ids of their series: numbers sort much faster than objects. */
function orderById(chunks: readonly PlacedChunk[]): Float64Array {
  const scale = 2 ** 21;
  const keys = Float64Array.from(chunks, ({ series }, index) => series.id * scale + index).sort();
  return keys.map((key) => key % scale);
}
