import { isPattern, segmentsOf } from './destination.ts';

/** Parts of a pattern between two `**`, to be found side by side in a destination. */
interface Block {
  readonly length: number;
  /** Those of them that are not `*`, by their places in the block. */
  readonly texts: readonly string[];
  readonly places: readonly number[];
  readonly hashes: readonly number[];
}

/** A pattern, or the end of one, made ready to be held against many destinations. */
export interface CompiledParts {
  /** Between them stands `**`: the first is at the start, the last at the end, either may be empty. */
  readonly blocks: readonly Block[];
  /** Segments that it takes at least. */
  readonly length: number;
}

/** A destination, taken apart once for many patterns. */
export interface Segments {
  readonly text: string;
  /** Where each begins, and where one more would: each ends one before the next. */
  readonly starts: readonly number[];
  readonly hashes: readonly number[];
}

/** Makes a test for many destinations of one exact destination or pattern. */
export function compilePattern(pattern: string): (destination: string) => boolean {
  if (!isPattern(pattern)) return (destination) => destination === pattern;
  const compiled = compileParts(partsOf(pattern));
  return (destination) => matchesFrom(compiled, segmentsIn(destination), 0);
}

/** Whether one destination is reached by one exact destination or pattern. */
export function matches(pattern: string, destination: string): boolean {
  return compilePattern(pattern)(destination);
}

/** The segments of a pattern; `**` after `**` adds nothing and is left out. */
export function partsOf(pattern: string): readonly string[] {
  return segmentsOf(pattern).filter((part, index, all) => part !== '**' || all[index - 1] !== '**');
}

/** Makes parts of a pattern ready for `matchesFrom`. */
export function compileParts(parts: readonly string[]): CompiledParts {
  const blocks: string[][] = [[]];
  for (const part of parts) {
    if (part === '**') blocks.push([]);
    else blocks.at(-1)?.push(part);
  }
  return {
    blocks: blocks.map(blockOf),
    length: blocks.reduce((sum, { length }) => sum + length, 0),
  };
}

function blockOf(parts: readonly string[]): Block {
  const places = [...parts.keys()].filter((index) => parts[index] !== '*');
  const texts = places.map((index) => parts[index] ?? '');
  return { length: parts.length, texts, places, hashes: texts.map(hashOf) };
}

/** Takes a destination apart. */
export function segmentsIn(text: string): Segments {
  const starts = [Math.min(1, text.length)];
  const hashes: number[] = [];
  let hash = seed;
  for (let at = 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === slash || code === dot) {
      starts.push(at + 1);
      hashes.push(finished(hash));
      hash = seed;
    } else hash = mixed(hash, code);
  }
  starts.push(text.length + 1);
  hashes.push(finished(hash));
  return { text, starts, hashes };
}

/**
 * Whether the segments from the one of an index on match these parts. Each block is taken where it first fits:
 * what a later place would leave to the blocks behind it, an earlier one leaves as well. At worst segments x parts,
 * each a comparison of two numbers: texts are compared only where all numbers of a block are equal.
 */
export function matchesFrom({ blocks, length }: CompiledParts, segments: Segments, from: number): boolean {
  const count = segments.hashes.length;
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (!first || !last || from + length > count) return false;
  if (blocks.length === 1) return from + length === count && find(first, segments, from, from) === from;
  const end = count - last.length;
  if (find(first, segments, from, from) < 0 || find(last, segments, end, end) < 0) return false;
  let at = from + first.length;
  for (const block of blocks.slice(1, -1)) {
    const found = find(block, segments, at, end - block.length);
    if (found < 0) return false;
    at = found + block.length;
  }
  return true;
}

// The first place, from one to another, at which a block is found; -1 where there is none. The part that did not
// fit at one place is asked first at the next: `a/a/a/b` among many `a`s costs a step per place, not four.
// (Of a block of `*` alone there is none to ask: it fits everywhere.)
function find({ texts, places, hashes }: Block, segments: Segments, from: number, to: number): number {
  const { hashes: found } = segments;
  let suspect = 0;
  for (let at = from; at <= to; at += 1) {
    if (hashes[suspect] !== found[at + (places[suspect] ?? NaN)]) continue;
    let index = 0;
    while (index < hashes.length && hashes[index] === found[at + (places[index] ?? 0)]) index += 1;
    if (index < hashes.length) suspect = index;
    else if (texts.every((text, n) => isText(text, segments, at + (places[n] ?? 0)))) return at;
  }
  return -1;
}

function isText(part: string, { text, starts }: Segments, index: number): boolean {
  const start = starts[index] ?? 0;
  return starts[index + 1] === start + part.length + 1 && text.startsWith(part, start);
}

const slash = 0x2f;
const dot = 0x2e;

// FNV-1a, from a start that nobody outside knows: nobody can choose texts whose numbers are equal.
const seed = crypto.getRandomValues(new Int32Array(1))[0] ?? 0;

function mixed(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

// Never 0, which is that of `*`, and small enough to be kept without a box.
function finished(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0x3fffffff || 1;
}

function hashOf(part: string): number {
  let hash = seed;
  for (let at = 0; at < part.length; at += 1) hash = mixed(hash, part.charCodeAt(at));
  return finished(hash);
}
