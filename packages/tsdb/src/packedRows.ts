import { type CellSpace, maxRoom, type Piece, placeOf } from './cellSpace.ts';

/*
 * Rows that are likely to stay as they are, packed so that they are read again at once: a head's rows take most of
 * a process's memory. Column by column, each in the smallest of some forms that need no bits: a constant, an even
 * row, or how far each value is from the first one in 8, 16 or 32 bits; else the numbers as they are. About half of
 * what hosts report is constant or even, a third integers that change little (2026-11, a Telegraf's usual inputs).
 *
 * In numbers: how many columns | their forms, eight to a number | column after column.
 */

/** So many rows are packed together: what 8 bits take is then whole numbers, and so is all that is larger. */
export const packedRows = 16;
/** Wider rows would not fit where they are packed to. */
export const maxPackedWidth = maxRoom / packedRows / 2;

const constant = 0;
const even = 1;
const bytes = 2;
const shorts = 3;
const longs = 4;
const asTheyAre = 5;
/** How many numbers a column of a form takes. */
const lengths = [1, 2, 3, 5, 9, packedRows];

const values = new Float64Array(packedRows);
let forms = new Int8Array(64);

/** Packs rows of `width` numbers that lie at an address one behind the other; returns where they are. */
export function packRows(space: CellSpace, address: number, width: number, columns: number): number {
  if (forms.length < columns) forms = new Int8Array(2 * columns);
  const from = space.piece(address);
  const first = placeOf(address);
  let length = columnsStart(columns);
  for (let column = 0; column < columns; column++) {
    gather(from, first + column, width);
    const form = formOf(values);
    forms[column] = form;
    length += lengths[form]!;
  }
  const packed = space.take(length);
  const into = space.wholePiece(packed);
  const start = placeOf(packed);
  into.numbers[start] = columns;
  let at = start + columnsStart(columns);
  for (let column = 0; column < columns; column++) {
    const form = forms[column]!;
    into.bytes[(start + 1) * 8 + column] = form;
    gather(from, first + column, width);
    write(form, into, at);
    at += lengths[form]!;
  }
  return packed;
}

/** Writes a column of packed rows to its place; NaN where it came later than they. */
export function unpackColumn(
  space: CellSpace,
  packed: number,
  column: number,
  into: Float64Array,
  to: number,
): void {
  const from = space.wholePiece(packed);
  const start = placeOf(packed);
  const columns = from.numbers[start]!;
  if (column >= columns) {
    into.fill(Number.NaN, to, to + packedRows);
    return;
  }
  const firstForm = (start + 1) * 8;
  let at = start + columnsStart(columns);
  for (let before = 0; before < column; before++) at += lengths[from.bytes[firstForm + before]!]!;
  read(from.bytes[firstForm + column]!, from, at, into, to);
}

function columnsStart(columns: number): number {
  return 1 + ((columns + 7) >> 3);
}

function gather(from: Float64Array, place: number, width: number): void {
  for (let row = 0, at = place; row < packedRows; row++, at += width) values[row] = from[at]!;
}

function formOf(all: Float64Array): number {
  const base = all[0]!;
  const step = all[1]! - base;
  let isConstant = true;
  let isEven = true;
  let isWhole = true;
  let most = 0;
  for (let row = 0; row < packedRows; row++) {
    const value = all[row]!;
    const distance = value - base;
    isConstant &&= Object.is(value, base);
    isEven &&= Object.is(base + row * step, value);
    isWhole &&= (distance | 0) === distance && Object.is(base + distance, value);
    if (!isConstant && !isEven && !isWhole) return asTheyAre;
    most = Math.max(most, distance < 0 ? -1 - distance : distance);
  }
  if (isConstant) return constant;
  if (isEven) return even;
  return most < 2 ** 7 ? bytes : most < 2 ** 15 ? shorts : longs;
}

function write(form: number, into: Piece, at: number): void {
  const base = values[0]!;
  if (form === asTheyAre) {
    into.numbers.set(values, at);
    return;
  }
  into.numbers[at] = base;
  if (form === constant) return;
  if (form === even) {
    into.numbers[at + 1] = values[1]! - base;
    return;
  }
  const [distances, first] = distancesOf(form, into, at + 1);
  for (let row = 0; row < packedRows; row++) distances[first + row] = values[row]! - base;
}

function read(form: number, from: Piece, at: number, into: Float64Array, to: number): void {
  const { numbers } = from;
  const base = numbers[at]!;
  if (form === asTheyAre) {
    for (let row = 0; row < packedRows; row++) into[to + row] = numbers[at + row]!;
  } else if (form === constant) {
    into.fill(base, to, to + packedRows);
  } else if (form === even) {
    const step = numbers[at + 1]!;
    for (let row = 0; row < packedRows; row++) into[to + row] = base + row * step;
  } else {
    const [distances, first] = distancesOf(form, from, at + 1);
    for (let row = 0; row < packedRows; row++) into[to + row] = base + distances[first + row]!;
  }
}

/** Where the distances of a form are, and where in it they begin. */
function distancesOf(form: number, piece: Piece, at: number): [Int8Array | Int16Array | Int32Array, number] {
  if (form === bytes) return [piece.bytes, at * 8];
  return form === shorts ? [piece.shorts, at * 4] : [piece.longs, at * 2];
}
