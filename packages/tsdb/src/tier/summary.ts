import { ByteReader, ByteWriter } from '../codec/bytes.ts';
import { lowerBound, type Rows } from '../rows.ts';
import { ChunkReader, encodeChunk } from '../segment/chunk.ts';

/*
 * What a tier holds of one series in one span: its cells, and the samples at the ends of the span as they are.
 * Both are chunks like those of raw segments; the columns of a field are told apart by the words before its name.
 * `count` and `covered` stand once without a field for all fields that have the same.
 */

/** Cells of a series by their starts, and its first and last samples. */
export interface Summary {
  readonly cells: Rows;
  readonly edges: Rows;
}

/** What a cell can hold of a field. */
export type Statistic = 'sum' | 'count' | 'min' | 'max' | 'increase' | 'covered';

const shareable: ReadonlySet<Statistic> = new Set(['count', 'covered']);

/** The column of a field's statistic, for example `sum usage_idle`. */
export function cellColumn(statistic: Statistic, field: string): string {
  return `${statistic} ${field}`;
}

/** The column of a field's samples at the ends of the span. */
export function edgeColumn(field: string): string {
  return `sample ${field}`;
}

export function encodeSummary(
  { cells, edges }: Summary,
  startMs: number,
  nameIndex: (name: string) => number,
): Buffer {
  const into = new ByteWriter(1024);
  const first = encodeChunk(cells, startMs, nameIndex);
  into.varint(first.length);
  into.bytes(first);
  into.bytes(encodeChunk(edges, startMs, nameIndex));
  return into.view();
}

/** The cells of a summary alone. @throws RangeError where the bytes make no sense */
export function openCells(bytes: Buffer, startMs: number, names: readonly string[]): ChunkReader {
  const from = new ByteReader(bytes);
  return new ChunkReader(from.bytes(from.varint()), startMs, names);
}

/** A summary, column by column. */
export interface CellReader {
  readonly cellTimes: Float64Array;
  readonly edgeTimes: Float64Array;
  fields(): string[];
  has(field: string): boolean;
  edge(field: string): Float64Array | undefined;
  cell(statistic: Statistic, field: string): Float64Array | undefined;
}

/** Reads a summary column by column. */
export class SummaryReader implements CellReader {
  readonly cellTimes: Float64Array;
  readonly edgeTimes: Float64Array;
  private readonly cells: ChunkReader;
  private readonly edges: ChunkReader;

  /** @throws RangeError where the bytes make no sense */
  constructor(bytes: Buffer, startMs: number, names: readonly string[]) {
    const from = new ByteReader(bytes);
    const length = from.varint();
    this.cells = new ChunkReader(from.bytes(length), startMs, names);
    this.edges = new ChunkReader(bytes.subarray(from.position), startMs, names);
    this.cellTimes = this.cells.times;
    this.edgeTimes = this.edges.times;
  }

  /** The cells in [fromMs, toMs) alone, without the samples at the ends. */
  part(fromMs: number, toMs: number): CellReader {
    const first = lowerBound(this.cellTimes, this.cellTimes.length, fromMs);
    const end = lowerBound(this.cellTimes, this.cellTimes.length, toMs);
    return {
      cellTimes: this.cellTimes.subarray(first, end),
      edgeTimes: new Float64Array(0),
      fields: () => this.fields(),
      has: (field) => this.has(field),
      edge: () => undefined,
      cell: (statistic, field) => this.cell(statistic, field)?.subarray(first, end),
    };
  }

  /** The numeric fields of the series in this span. */
  fields(): string[] {
    return this.edges.columns.map(({ name }) => name.slice(name.indexOf(' ') + 1));
  }

  has(field: string): boolean {
    return this.edges.bytesOfNumbers(edgeColumn(field)) !== undefined;
  }

  edge(field: string): Float64Array | undefined {
    return this.edges.numbers(edgeColumn(field));
  }

  cell(statistic: Statistic, field: string): Float64Array | undefined {
    const own = this.cells.numbers(cellColumn(statistic, field));
    return own ?? (shareable.has(statistic) ? this.cells.numbers(statistic) : undefined);
  }
}
