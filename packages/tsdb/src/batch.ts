import { checkValue, type Problem, type Refusal } from './checkPoint.ts';
import type { Point, Tag } from './point.ts';
import { seriesKey } from './series.ts';

/*
 * Points for the way into the database, which mostly leads to another thread. The same series come again and
 * again with the same fields, so both sides number these shapes as they come up: a shape is sent once, and a point
 * is its shape's number, its time and its values. Never stored.
 */

/** The names of the fields of some points, in their order, and which of them are texts. */
export interface FieldNames {
  readonly names: readonly string[];
  readonly isText: readonly boolean[];
}

/** All of a point that comes again: its series and the names of its fields. */
export interface Shape {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly fields: FieldNames;
}

/** Points as `BatchEncoder` makes them; a structured clone of it is the same. Its order among the others counts. */
export interface Batch {
  readonly points: number;
  /**
   * Of each point: its shape, its time, and a value per field: NaN for none, 0 and 1 for booleans, anything for a
   * text. Only -1 for a point that was refused.
   */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The texts of all points one after the other. */
  readonly texts: readonly string[];
  /** Shapes that come up here: numbered from `knownShapes` on, which is 0 where all others are forgotten. */
  readonly shapes: readonly Shape[];
  readonly knownShapes: number;
  readonly refused: readonly Refusal[];
  /** About how much memory it takes. */
  readonly bytes: number;
}

/** A shape with its number, and what came after it the last time, which is mostly what comes after it again. */
interface Known {
  readonly number: number;
  readonly shape: Shape;
  next: Known | null;
}

/** With more shapes, or longer ones, all are forgotten before the next batch: those in use come back. */
const mostShapes = 131_072;
const mostCharacters = 16 * 1024 * 1024;
/** So many lists of fields of one measurement are kept once for all shapes. */
const sharedLists = 16;

/** Makes batches for one database: each has to reach it, in the order in which they were made. */
export class BatchEncoder {
  private readonly byKey = new Map<string, Known>();
  private readonly lists = new Map<string, FieldNames[]>();
  private characters = 0;
  private last: Known | null = null;

  /** What a point's values have against them is found here, all else by the database. */
  encode(points: readonly Point[]): Batch {
    if (this.byKey.size >= mostShapes || this.characters >= mostCharacters) this.forget();
    const knownShapes = this.byKey.size;
    const knownCharacters = this.characters;
    const numbers = new Float64Array(cellsOf(points));
    const texts: string[] = [];
    const shapes: Shape[] = [];
    const refused: Refusal[] = [];
    let at = 0;
    for (let index = 0; index < points.length; index++) {
      const point = points[index]!;
      const problem = takeValues(point, numbers, at + 2, texts);
      if (problem) {
        refused.push({ index, ...problem });
        numbers[at++] = -1;
        continue;
      }
      numbers[at] = this.shapeOf(point, shapes);
      numbers[at + 1] = point.timeMs;
      at += 2 + point.fields.length;
    }
    const characters = texts.reduce((sum, text) => sum + text.length, this.characters - knownCharacters);
    const bytes = numbers.byteLength + 2 * characters;
    return { points: points.length, numbers, texts, shapes, knownShapes, refused, bytes };
  }

  /** The number of a point's shape; one that is new joins `added`. */
  private shapeOf(point: Point, added: Shape[]): number {
    const { last } = this;
    let known = last?.next;
    if (!known || !isOfShape(point, known.shape)) {
      known = this.find(point, added);
      if (last) last.next = known;
    }
    this.last = known;
    return known.number;
  }

  private find(point: Point, added: Shape[]): Known {
    const key = shapeKey(point);
    const known = this.byKey.get(key);
    if (known) return known;
    // The point's own tags stay with it: where what a place in the code makes is often kept for long, the engine
    // begins to make all of it among what is old, which is looked through rarely.
    const tags = point.tags.map(([name, value]): Tag => [name, value]);
    const shape = { measurement: point.measurement, tags, fields: this.fieldNames(point) };
    const fresh = { number: this.byKey.size, shape, next: null };
    this.byKey.set(key, fresh);
    this.characters += key.length;
    added.push(shape);
    return fresh;
  }

  private fieldNames({ measurement, fields }: Point): FieldNames {
    const lists = this.lists.get(measurement) ?? [];
    const known = lists.find((list) => hasNames(fields, list));
    if (known) return known;
    const list = {
      names: fields.map(({ name }) => name),
      isText: fields.map(({ type }) => type === 'string'),
    };
    if (lists.length < sharedLists) this.lists.set(measurement, [...lists, list]);
    return list;
  }

  private forget(): void {
    this.byKey.clear();
    this.lists.clear();
    this.characters = 0;
    this.last = null;
  }
}

function cellsOf(points: readonly Point[]): number {
  let cells = 0;
  for (const { fields } of points) cells += 2 + fields.length;
  return cells;
}

/** Writes a point's values from `at` on and adds its texts; nothing of it counts where there is a problem. */
function takeValues(
  { measurement, fields }: Point,
  numbers: Float64Array,
  at: number,
  texts: string[],
): Problem | null {
  const knownTexts = texts.length;
  let hasValue = false;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index]!;
    const { value } = field;
    const problem = checkValue(field);
    if (problem) {
      texts.length = knownTexts;
      return problem;
    }
    if (typeof value === 'string') {
      texts.push(value);
      numbers[at + index] = 0;
      hasValue = true;
      continue;
    }
    numbers[at + index] = Number(value);
    hasValue ||= !Number.isNaN(value);
  }
  return hasValue ? null : { reason: 'no-fields', message: `point of ${measurement} has no value` };
}

function isOfShape(point: Point, shape: Shape): boolean {
  if (point.measurement !== shape.measurement || !hasTags(point.tags, shape.tags)) return false;
  return hasNames(point.fields, shape.fields);
}

function hasTags(tags: readonly Tag[], known: readonly Tag[]): boolean {
  // Who reads the same series again and again may give it the same array.
  if (tags === known) return true;
  if (tags.length !== known.length) return false;
  for (let index = 0; index < tags.length; index++) {
    const [key, value] = tags[index]!;
    const [knownKey, knownValue] = known[index]!;
    if (value !== knownValue || key !== knownKey) return false;
  }
  return true;
}

function hasNames(fields: Point['fields'], { names, isText }: FieldNames): boolean {
  if (fields.length !== names.length) return false;
  for (let index = 0; index < names.length; index++) {
    const { name, type } = fields[index]!;
    if (name !== names[index] || (type === 'string') !== isText[index]) return false;
  }
  return true;
}

/** Lengths keep it unambiguous whatever the names contain. */
function shapeKey({ measurement, tags, fields }: Point): string {
  const parts: (string | number)[] = [seriesKey(measurement, tags)];
  for (const { name, type } of fields) parts.push(type === 'string' ? '"' : ' ', name.length, ':', name);
  return parts.join('');
}
