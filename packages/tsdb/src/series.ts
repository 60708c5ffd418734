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

/** Columns in their order. Series that have the same at the beginning share them: there are very many. */
class ColumnSet {
  readonly all: Column[];
  private readonly numbers = new Map<string, Column>();
  private readonly texts = new Map<string, Column>();

  constructor(columns: readonly Column[]) {
    this.all = [...columns];
    for (const column of columns) this.mapOf(column.isText).set(column.name, column);
  }

  find(name: string, isText: boolean): Column | undefined {
    return this.mapOf(isText).get(name);
  }

  /** Whether a column is, or can be, at that place. */
  canTake(index: number, name: string, isText: boolean): boolean {
    const there = this.all[index];
    return !there || (there.name === name && there.isText === isText);
  }

  take(index: number, name: string, isText: boolean): Column {
    const there = this.all[index];
    if (there) return there;
    const column = { name, isText, index };
    this.all.push(column);
    this.mapOf(isText).set(name, column);
    return column;
  }

  private mapOf(isText: boolean): Map<string, Column> {
    return isText ? this.texts : this.numbers;
  }
}

const emptySet = new ColumnSet([]);
/** So many different sets of columns a measurement's series can share; with more, the others have their own. */
const maxShared = 64;

/** What the series of a measurement share: its name, and sets of columns by their first one. */
class Siblings {
  readonly measurement: string;
  private readonly sets = new Map<string, ColumnSet>();

  constructor(measurement: string) {
    this.measurement = measurement;
  }

  beginningWith(name: string, isText: boolean): ColumnSet {
    return this.sets.get(beginning(name, isText)) ?? this.share(new ColumnSet([]), name, isText);
  }

  /** Another set with the first `count` columns of one, which later series begin with. */
  fork(set: ColumnSet, count: number): ColumnSet {
    const { name, isText } = set.all[0]!;
    return this.share(new ColumnSet(set.all.slice(0, count)), name, isText);
  }

  private share(set: ColumnSet, name: string, isText: boolean): ColumnSet {
    if (this.sets.size >= maxShared) this.sets.clear();
    this.sets.set(beginning(name, isText), set);
    return set;
  }
}

function beginning(name: string, isText: boolean): string {
  return `${isText ? 't' : 'n'}${name}`;
}

/** One measurement with one set of tags: its columns and the newest two samples of each numeric one. */
export class Series {
  readonly id: number;
  readonly key: string;
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** How many heads and segments hold samples of it; at 0 it may be forgotten. */
  references = 0;
  /** False after opening while older files may hold newer samples than `latest` knows. */
  isLatestComplete = true;
  newestMs = Number.NEGATIVE_INFINITY;
  private shared: ColumnSet = emptySet;
  /** The first so many of the shared ones are its own. */
  private count = 0;
  private cells = new Float64Array(0);
  private readonly names: NameCount;
  private readonly siblings: Siblings;

  constructor(
    id: number,
    {
      key,
      names,
      siblings,
    }: { readonly key: string; readonly names: NameCount; readonly siblings: Siblings },
    measurement: string,
    tags: readonly Tag[],
  ) {
    this.id = id;
    this.names = names;
    this.siblings = siblings;
    names.characters += key.length;
    this.key = key;
    this.measurement = measurement;
    this.tags = tags;
  }

  get columns(): readonly Column[] {
    const { all } = this.shared;
    return this.count === all.length ? all : all.slice(0, this.count);
  }

  columnAt(index: number): Column {
    return this.shared.all[index]!;
  }

  find(name: string, isText: boolean): Column | undefined {
    const column = this.shared.find(name, isText);
    return column && column.index < this.count ? column : undefined;
  }

  column(name: string, isText: boolean): Column {
    const known = this.find(name, isText);
    if (known) return known;
    if (this.count === 0) this.shared = this.siblings.beginningWith(name, isText);
    else if (!this.shared.canTake(this.count, name, isText)) {
      this.shared = this.siblings.fork(this.shared, this.count);
    }
    const column = this.shared.take(this.count, name, isText);
    this.count++;
    this.names.characters += name.length;
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
    const larger = new Float64Array(Math.max(this.count, index + 1) * 4).fill(Number.NaN);
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
  private readonly siblings = new Map<string, Siblings>();
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
    const siblings = this.siblings.get(measurement) ?? new Siblings(measurement);
    this.siblings.set(siblings.measurement, siblings);
    const own = { key, names: this.names, siblings };
    const series = new Series(this.nextId++, own, siblings.measurement, tags.map(this.sharedTag));
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
    if (this.byMeasurement.get(series.measurement)?.size === 0) {
      this.byMeasurement.delete(series.measurement);
      this.siblings.delete(series.measurement);
    }
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

  /** A tag as other series have it already, where some do. */
  private readonly sharedTag = (tag: Tag): Tag => {
    for (const { tags } of this.byTag.get(tag[0])?.get(tag[1]) ?? []) {
      return tags.find(([name]) => name === tag[0]) ?? tag;
    }
    return tag;
  };

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

/**
 * A series' identity as one string; lengths keep it unambiguous whatever the names contain. Joined at the end: what is
 * added up stays a tree of its parts in memory, ten times as large.
 */
export function seriesKey(measurement: string, tags: readonly Tag[]): string {
  const parts: (string | number)[] = [measurement.length, ':', measurement];
  for (const [name, value] of tags) parts.push(',', name.length, ':', name, '=', value.length, ':', value);
  return parts.join('');
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
