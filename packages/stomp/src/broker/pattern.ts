import { isPattern, segmentsOf } from './destination.ts';

/**
 * Makes a test for many destinations of one exact destination or pattern: linear where the pattern has one `**`
 * or none, at worst segments of the one x of the other.
 */
export function compilePattern(pattern: string): (destination: string) => boolean {
  if (!isPattern(pattern)) return (destination) => destination === pattern;
  const parts = partsOf(pattern);
  return (destination) => matchesFrom(parts, destination, startsOf(destination), 0);
}

/** Whether one destination is reached by one exact destination or pattern. */
export function matches(pattern: string, destination: string): boolean {
  return compilePattern(pattern)(destination);
}

/** The segments of a pattern; `**` after `**` adds nothing and is left out. */
export function partsOf(pattern: string): readonly string[] {
  return segmentsOf(pattern).filter((part, index, all) => part !== '**' || all[index - 1] !== '**');
}

/** Where the segments of a destination begin, and where one more would: each ends one before the next. */
export function startsOf(destination: string): readonly number[] {
  const starts = [Math.min(1, destination.length)];
  for (let at = 1; at < destination.length; at += 1) {
    const code = destination.charCodeAt(at);
    if (code === slash || code === dot) starts.push(at + 1);
  }
  starts.push(destination.length + 1);
  return starts;
}

/**
 * Whether the segments from the one of an index on match these parts. Where a part fails, only the last `**`
 * before it takes one more: what an earlier one could take instead, the last one can take as well. What follows
 * the very last `**` is held against the end alone.
 */
export function matchesFrom(
  parts: readonly string[],
  destination: string,
  starts: readonly number[],
  from: number,
): boolean {
  const count = starts.length - 1;
  let [at, index] = [from, 0];
  let [retryAt, retryIndex] = [from, -1];
  while (at < count) {
    const part = parts[index];
    if (part === '**') {
      index += 1;
      const isLast = parts.indexOf('**', index) < 0;
      const end = count - (parts.length - index);
      if (isLast && end < at) return false;
      if (isLast) at = end;
      [retryAt, retryIndex] = [at, isLast ? -1 : index];
    } else if (part !== undefined && matchesOne(part, destination, starts, at)) {
      at += 1;
      index += 1;
    } else {
      if (retryIndex < 0) return false;
      retryAt += 1;
      at = retryAt;
      index = retryIndex;
    }
  }
  return index === parts.length || (index === parts.length - 1 && parts[index] === '**');
}

function matchesOne(part: string, destination: string, starts: readonly number[], index: number): boolean {
  if (part === '*') return true;
  const start = starts[index] ?? 0;
  return starts[index + 1] === start + part.length + 1 && destination.startsWith(part, start);
}

const slash = 0x2f;
const dot = 0x2e;
