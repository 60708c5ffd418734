import type { Field, Tag } from '@hostcast/tsdb';

/** What an input read: a point that has neither host nor time yet. */
export interface Reading {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  readonly fields: readonly Field[];
}

/** One subject of the machine, as one of Telegraf's inputs. */
export interface Input {
  /** As in Telegraf's `[[inputs.<name>]]`. */
  readonly name: string;
  /** Reads it once; throws where it can't be read at all. Never called again before it has settled. */
  gather(): readonly Reading[] | Promise<readonly Reading[]>;
}

/** Where the kernel's files are; tests point them elsewhere. */
export interface Roots {
  readonly proc: string;
  readonly sys: string;
  readonly dev: string;
}

/** Fields of that type, in the order given; what is undefined is left out. */
export function fieldsOf(
  type: 'float' | 'integer',
  values: Readonly<Record<string, number | undefined>>,
): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) fields.push({ name, type, value });
  }
  return fields;
}

/** The words of a line, which any number of spaces and tabs separate (other blanks are parts of names). */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t]+/).filter((word) => word !== '');
}

/** The number at that place; zero where the kernel doesn't have it. */
export function numberAt(words: readonly string[], index: number): number {
  const value = Number(words[index] ?? 0);
  return Number.isFinite(value) ? value : 0;
}
