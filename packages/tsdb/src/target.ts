import type { Batch, Shape } from './batch.ts';
import type { Head, HeadSeries } from './head.ts';
import type { Column, Series } from './series.ts';

/** What a shape of batches stands for in the database: a series and, per field, the column. */
export class Target {
  /** Not the sender's any more once there is a series: its own names do as well. */
  shape: Shape;
  /** Per field; none before the first point was taken. */
  columns: readonly Column[] = [];
  readonly fields: number;
  /** Which fields are texts. */
  readonly textFields: readonly number[];
  private series: Series | null = null;
  /** Of `columns`, their indexes. */
  private indexes: readonly number[] = [];
  /** Per field what its numbers are rounded to, one part of so many; 0 where they are kept; null where all are. */
  private scales: readonly number[] | null = null;

  constructor(shape: Shape) {
    this.shape = shape;
    this.fields = shape.fields.names.length;
    this.textFields = shape.fields.isText.flatMap((isText, index) => (isText ? [index] : []));
  }

  /** The series as long as it is one of the catalog's: what nothing holds may have been forgotten there. */
  get liveSeries(): Series | null {
    return this.series && this.series.references > 0 ? this.series : null;
  }

  /** @param decimals as in the options of the database */
  use(
    series: Series,
    decimals: (measurement: string, field: string) => number | undefined = () => undefined,
  ): void {
    const { fields } = this.shape;
    this.series = series;
    this.shape = { measurement: series.measurement, tags: series.tags, fields };
    this.columns = fields.names.map((name, index) => series.column(name, fields.isText[index]!));
    this.indexes = this.columns.map(({ index }) => index);
    const scales = fields.names.map((name) => scaleOf(decimals(series.measurement, name)));
    this.scales = scales.some((scale) => scale > 0) ? scales : null;
  }

  /**
   * Puts the values of a point, which begin at `at`, and its texts where the log takes them from; defines the
   * columns that the rows lack.
   */
  stage(head: Head, rows: HeadSeries, { numbers, texts }: Batch, at: number, textAt: number): void {
    const { columns, indexes, scales, textFields } = this;
    if (rows.columns === 0) rows.reserve(columns.length);
    const next = head.roomForNext(rows.columns + columns.length);
    for (let field = 0; field < indexes.length; field++) {
      const value = numbers[at + field]!;
      if (Number.isNaN(value)) continue;
      let place = rows.indexOf(indexes[field]!);
      if (place < 0) place = rows.define(columns[field]!);
      next[place] = scales === null ? value : rounded(value, scales[field]!);
    }
    for (let text = 0; text < textFields.length; text++) {
      head.nextTexts[rows.indexOf(indexes[textFields[text]!]!)] = texts[textAt + text]!;
    }
  }
}

function scaleOf(decimals: number | undefined): number {
  return decimals === undefined ? 0 : 10 ** decimals;
}

/** The nearest double to the nearest decimal; what is too large to have any is as it was. */
function rounded(value: number, scale: number): number {
  const parts = value * scale;
  if (scale === 0 || Math.abs(parts) >= Number.MAX_SAFE_INTEGER) return value;
  // Adding 0 makes the -0 of a small negative an ordinary 0.
  return Math.round(parts) / scale + 0;
}

/** The shapes of one sender of batches. */
export class Targets {
  private all: Target[] = [];

  /** Has to be told of every batch. @throws RangeError where one was left out */
  learn({ shapes, knownShapes }: Batch): void {
    if (knownShapes === 0) this.all = [];
    if (knownShapes !== this.all.length) {
      throw new RangeError(`a batch counts on ${knownShapes} shapes, and there are ${this.all.length}`);
    }
    for (const shape of shapes) this.all.push(new Target(shape));
  }

  at(number: number): Target {
    const target = this.all[number];
    if (!target) throw new RangeError(`a batch names the shape ${number} of ${this.all.length}`);
    return target;
  }
}
