import type { LatestTable, Selection, Tag } from './point.ts';

/** What newest samples are copied into. */
export type LatestCells = Pick<LatestTable, 'times' | 'values' | 'previousTimes' | 'previousValues'>;

/** A field of a series within one class: a field that is a number here and a text there has two columns. */
export interface Column {
  readonly name: string;
  readonly isText: boolean;
  /** Its place in `Series.columns`. */
  readonly index: number;
}

/** How many characters the names of some series take together. */
export interface NameCount {
  characters: number;
}

/** One measurement with one set of tags: its columns and the newest two samples of each numeric one. */
export class Series {
  readonly id: number;
  readonly key: string;
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly columns: Column[] = [];
  /** How many heads and segments hold samples of it; at 0 it may be forgotten. */
  references = 0;
  /** False after opening while older files may hold newer samples than `latest` knows. */
  isLatestComplete = true;
  newestMs = Number.NEGATIVE_INFINITY;
  private readonly numbers = new Map<string, Column>();
  private readonly texts = new Map<string, Column>();
  private cells = new Float64Array(0);
  private readonly names: NameCount;

  constructor(
    id: number,
    { key, names }: { readonly key: string; readonly names: NameCount },
    measurement: string,
    tags: readonly Tag[],
  ) {
    this.id = id;
    this.names = names;
    names.characters += key.length;
    this.key = key;
    this.measurement = measurement;
    this.tags = tags;
  }

  find(name: string, isText: boolean): Column | undefined {
    return (isText ? this.texts : this.numbers).get(name);
  }

  column(name: string, isText: boolean): Column {
    const known = this.find(name, isText);
    if (known) return known;
    const column = { name, isText, index: this.columns.length };
    this.columns.push(column);
    this.names.characters += name.length;
    (isText ? this.texts : this.numbers).set(name, column);
    return column;
  }

  /** Its names are no longer counted. */
  uncountNames(): void {
    this.names.characters -= this.columns.reduce((sum, { name }) => sum + name.length, this.key.length);
  }

  /** Notes a sample of a column that was just written: newer ones shift, equal times replace. */
  observe(index: number, timeMs: number, value: number): void {
    const cells = this.cellsUpTo(index);
    const at = index * 4;
    if (!(cells[at]! >= timeMs)) {
      cells[at + 2] = cells[at]!;
      cells[at + 3] = cells[at + 1]!;
      cells[at] = timeMs;
      cells[at + 1] = value;
    } else if (cells[at] === timeMs) {
      cells[at + 1] = value;
    } else if (!(cells[at + 2]! > timeMs)) {
      cells[at + 2] = timeMs;
      cells[at + 3] = value;
    }
  }

  /** Forgets which samples are the newest where they are later than that: a clock was ahead, and was set right. */
  forgetLater(thanMs: number): void {
    const { cells } = this;
    for (let at = 0; at < cells.length; at += 4) {
      for (let age = 0; age < 2 && cells[at]! > thanMs; age++) {
        cells.copyWithin(at, at + 2, at + 4);
        cells.fill(Number.NaN, at + 2, at + 4);
      }
    }
    this.newestMs = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < cells.length; at += 4) if (cells[at]! > this.newestMs) this.newestMs = cells[at]!;
  }

  /** Notes a sample found in a file: never replaces one of the same time, which is newer by writing. */
  recall(column: Column, timeMs: number, value: number): void {
    const cells = this.cellsUpTo(column.index);
    const at = column.index * 4;
    if (cells[at] !== timeMs && cells[at + 2] !== timeMs) this.observe(column.index, timeMs, value);
  }

  /** Time of the newest sample (`age` 0) or the one before it (1); NaN where not known. */
  latestTime(column: Column, age: 0 | 1): number {
    return this.cells[column.index * 4 + age * 2] ?? Number.NaN;
  }

  /** The newest two samples of a column into one cell of a table. */
  copyLatest(index: number, table: LatestCells, cell: number): void {
    const { cells } = this;
    const at = index * 4;
    if (at >= cells.length) return;
    table.times[cell] = cells[at]!;
    table.values[cell] = cells[at + 1]!;
    table.previousTimes[cell] = cells[at + 2]!;
    table.previousValues[cell] = cells[at + 3]!;
  }

  private cellsUpTo(index: number): Float64Array {
    if (index * 4 < this.cells.length) return this.cells;
    const larger = new Float64Array(Math.max(this.columns.length, index + 1) * 4).fill(Number.NaN);
    larger.set(this.cells);
    this.cells = larger;
    return larger;
  }
}

/** All series, found by key, by measurement and by tag. */
export class Catalog {
  private readonly byKey = new Map<string, Series>();
  private readonly byId = new Map<number, Series>();
  private readonly byMeasurement = new Map<string, Set<Series>>();
  private readonly byTag = new Map<string, Map<string, Set<Series>>>();
  private readonly names: NameCount = { characters: 0 };
  private nextId = 0;

  /** Characters of all measurements, tags and fields, counted once per series. */
  get nameCharacters(): number {
    return this.names.characters;
  }

  get size(): number {
    return this.byKey.size;
  }

  find(key: string): Series | undefined {
    return this.byKey.get(key);
  }

  get(id: number): Series | undefined {
    return this.byId.get(id);
  }

  obtain(key: string, measurement: string, tags: readonly Tag[]): Series {
    const known = this.byKey.get(key);
    if (known) return known;
    const series = new Series(this.nextId++, { key, names: this.names }, measurement, tags);
    this.byKey.set(key, series);
    this.byId.set(series.id, series);
    for (const set of this.indexesOf(series)) set.add(series);
    return series;
  }

  /** Counts one head or segment less; the last one takes the series along. */
  release(series: Series): void {
    series.references--;
    if (series.references > 0) return;
    series.uncountNames();
    this.byKey.delete(series.key);
    this.byId.delete(series.id);
    for (const set of this.indexesOf(series)) set.delete(series);
    if (this.byMeasurement.get(series.measurement)?.size === 0) this.byMeasurement.delete(series.measurement);
    for (const [name, value] of series.tags) {
      const values = this.byTag.get(name);
      if (values?.get(value)?.size === 0) values.delete(value);
      if (values?.size === 0) this.byTag.delete(name);
    }
  }

  /** The series of a selection, in the order in which they were first seen. */
  select(selection: Selection): Series[] {
    const tags = selection.tags ?? [];
    const sets = tags.map(([name, value]) => this.byTag.get(name)?.get(value));
    if (selection.measurement !== undefined) sets.push(this.byMeasurement.get(selection.measurement));
    if (sets.length === 0) return [...this.byKey.values()];
    const known = sets.filter((set) => set !== undefined);
    if (known.length < sets.length) return [];
    const [smallest, ...others] = known.sort((a, b) => a.size - b.size);
    return [...(smallest ?? [])].filter((series) => others.every((set) => set.has(series)));
  }

  /** The values of a tag, each with the series that carry it. */
  tagValues(name: string): ReadonlyMap<string, ReadonlySet<Series>> {
    return this.byTag.get(name) ?? new Map();
  }

  private indexesOf(series: Series): Set<Series>[] {
    const sets = [setIn(this.byMeasurement, series.measurement)];
    for (const [name, value] of series.tags) {
      const values = this.byTag.get(name) ?? new Map<string, Set<Series>>();
      this.byTag.set(name, values);
      sets.push(setIn(values, value));
    }
    return sets;
  }
}

/** A series' identity as one string; lengths keep it unambiguous whatever the names contain. */
export function seriesKey(measurement: string, tags: readonly Tag[]): string {
  let key = `${measurement.length}:${measurement}`;
  for (const [name, value] of tags) key += `,${name.length}:${name}=${value.length}:${value}`;
  return key;
}

function setIn(map: Map<string, Set<Series>>, key: string): Set<Series> {
  let set = map.get(key);
  if (!set) {
    set = new Set();
    map.set(key, set);
  }
  return set;
}

/** So many series are put in order without a break. */
const runLength = 512;

/**
 * Series by the value of one tag, then by measurement and tags, so that what is read together lies together.
 * Step by step, since there may be very many.
 */
export function* clustered(all: readonly Series[], clusterBy: string): Generator<void, Series[], void> {
  let runs: Keyed[][] = [];
  for (let start = 0; start < all.length; start += runLength) {
    runs.push(
      all
        .slice(start, start + runLength)
        .map((series) => ({ series, key: clusterKey(series, clusterBy) }))
        .sort((a, b) => compare(a.key, b.key)),
    );
    yield;
  }
  while (runs.length > 1) {
    const joined: Keyed[][] = [];
    for (let at = 0; at < runs.length; at += 2) joined.push(yield* joinRuns(runs[at]!, runs[at + 1] ?? []));
    runs = joined;
  }
  return (runs[0] ?? []).map(({ series }) => series);
}

interface Keyed {
  readonly series: Series;
  readonly key: string;
}

function* joinRuns(a: readonly Keyed[], b: readonly Keyed[]): Generator<void, Keyed[], void> {
  const joined: Keyed[] = [];
  let atA = 0;
  let atB = 0;
  while (atA < a.length && atB < b.length) {
    joined.push(compare(a[atA]!.key, b[atB]!.key) <= 0 ? a[atA++]! : b[atB++]!);
    if (joined.length % runLength === 0) yield;
  }
  return [...joined, ...a.slice(atA), ...b.slice(atB)];
}

function clusterKey({ tags, key }: Series, clusterBy: string): string {
  return `${tags.find(([name]) => name === clusterBy)?.[1] ?? ''}\u0000${key}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
