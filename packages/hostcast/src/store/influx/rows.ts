import type { Tag } from '@hostcast/tsdb';
import type { InfluxSeries } from './answer.ts';
import { unavailable } from './errors.ts';
import type { Source } from './influxql.ts';

/**
 * Calls back for each raw row of a `rawRows` statement, in InfluxDB's order (time, within it any): the series as
 * a key and, where asked, as tags; the value of field `index` by `valueAt`.
 * @throws StoreError `ERR_STORE_UNAVAILABLE` for an answer that has other columns
 */
export function readRows(
  answer: readonly InfluxSeries[],
  { fields, tagKeys }: Pick<Source, 'fields' | 'tagKeys'>,
  onRow: (timeMs: number, row: RawRow) => void,
): void {
  const tagsAt = 1 + fields.length;
  for (const { columns, rows } of answer) {
    if (columns.length !== tagsAt + tagKeys.length) {
      throw unavailable('InfluxDB answered with other columns than it was asked for');
    }
    for (const cells of rows) {
      const timeMs = cells[0];
      if (typeof timeMs === 'number') onRow(timeMs, new RawRow(cells, tagKeys, tagsAt));
    }
  }
}

/** One row of raw samples. */
export class RawRow {
  readonly #cells: readonly unknown[];
  readonly #tagKeys: readonly string[];
  readonly #tagsAt: number;

  constructor(cells: readonly unknown[], tagKeys: readonly string[], tagsAt: number) {
    this.#cells = cells;
    this.#tagKeys = tagKeys;
    this.#tagsAt = tagsAt;
  }

  /** The same text for rows of the same series. Line protocol has no NUL, so that values stay apart. */
  seriesKey(): string {
    let key = '';
    for (let at = this.#tagsAt; at < this.#cells.length; at += 1) key += `${this.#cells[at] ?? ''}\0`;
    return key;
  }

  /** Sorted, as the keys are; a tag that the series lacks is null or empty there. */
  tags(): Tag[] {
    const tags: Tag[] = [];
    this.#tagKeys.forEach((key, index) => {
      const value = this.#cells[this.#tagsAt + index];
      if (typeof value === 'string' && value !== '') tags.push([key, value]);
    });
    return tags;
  }

  /** Booleans as 0 and 1; NaN where the row has no number. */
  valueAt(field: number): number {
    return numberOf(this.#cells[field + 1]);
  }
}

/** A cell as a number: booleans as 0 and 1, NaN for everything else. */
export function numberOf(cell: unknown): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return Number.NaN;
}
