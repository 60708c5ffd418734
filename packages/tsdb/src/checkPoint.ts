import type { Field, Tag } from './point.ts';

/** Why a point was not stored. The other points of its batch are. */
export type RefusalReason =
  | 'bad-time'
  | 'too-old'
  | 'too-far-ahead'
  | 'bad-value'
  | 'no-fields'
  | 'bad-name'
  | 'too-long'
  | 'too-many-series'
  | 'too-many-in-cluster'
  | 'too-many-clusters'
  | 'too-many-names'
  | 'too-many-columns';

/** A point that was not stored: its place in the batch, why, and the same in words. */
export interface Refusal {
  readonly index: number;
  readonly reason: RefusalReason;
  readonly message: string;
}

/** What is wrong with a point. */
export type Problem = Omit<Refusal, 'index'>;

export const maxTextBytes = 64 * 1024;
export const maxTags = 256;

/** What a point's time has against it; it must lie in [oldestMs, newestMs]. */
export function checkTime(timeMs: number, oldestMs: number, newestMs: number): Problem | null {
  if (!Number.isSafeInteger(timeMs) || timeMs < 0) {
    return { reason: 'bad-time', message: `time ${timeMs} is not a whole number of ms since 1970` };
  }
  if (timeMs < oldestMs) {
    return {
      reason: 'too-old',
      message: `time ${dateOf(timeMs)} is older than what is kept, from ${dateOf(oldestMs)} on`,
    };
  }
  if (timeMs > newestMs) {
    const message = `time ${dateOf(timeMs)} is too far ahead, later than ${dateOf(newestMs)}: is the sender's clock right?`;
    return { reason: 'too-far-ahead', message };
  }
  return null;
}

/** RFC 3339, or the number where no calendar reaches. */
function dateOf(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? `${timeMs}` : date.toISOString();
}

/** What is wrong with the names of a new series; asked once per series. */
export function checkSeries(measurement: string, tags: readonly Tag[]): Problem | null {
  if (tags.length > maxTags) return { reason: 'too-long', message: `${tags.length} tags exceed ${maxTags}` };
  const isSorted = tags.every(([name], index) => index === 0 || tags[index - 1]![0] < name);
  if (!isSorted)
    return { reason: 'bad-name', message: `tags of ${measurement} are not sorted by distinct keys` };
  return checkNames([measurement, ...tags.flat()]);
}

/** What is wrong with names; asked once per new name. */
export function checkNames(names: readonly string[]): Problem | null {
  for (const name of names) {
    if (name === '') return { reason: 'bad-name', message: 'a name or tag value is empty' };
    const problem = checkText(name);
    if (problem) return problem;
  }
  return null;
}

/** What is wrong with the value of a field. */
export function checkValue({ name, type, value }: Field): Problem | null {
  if (typeof value === 'string') {
    if (type === 'string') return checkText(value);
  } else if (type === 'string' || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
    return { reason: 'bad-value', message: `value ${value} of field ${name} cannot be a ${type}` };
  } else {
    return null;
  }
  return { reason: 'bad-value', message: `text in field ${name} cannot be a ${type}` };
}

const loneSurrogate = /\p{Surrogate}/u;

function checkText(text: string): Problem | null {
  if (text.length > maxTextBytes) {
    return { reason: 'too-long', message: `text of ${text.length} characters exceeds ${maxTextBytes}` };
  }
  // UTF-8 has no way to write one: it would come back as another text.
  if (loneSurrogate.test(text)) return { reason: 'bad-name', message: 'a text holds half a surrogate pair' };
  return null;
}
