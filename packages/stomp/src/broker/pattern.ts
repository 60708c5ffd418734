import { isPattern, segmentsOf } from './destination.ts';

/**
 * Makes a test for many destinations of one exact destination or pattern. It reads a destination without taking
 * it apart: one pass where the pattern has one `**` or none, at worst segments of the one x of the other.
 */
export function compilePattern(pattern: string): (destination: string) => boolean {
  if (!isPattern(pattern)) return (destination) => destination === pattern;
  const parts = partsOf(pattern);
  return (destination) => matchesFrom(parts, destination, firstSegment(destination));
}

/** Whether one destination is reached by one exact destination or pattern. */
export function matches(pattern: string, destination: string): boolean {
  return compilePattern(pattern)(destination);
}

/** The segments of a pattern; `**` after `**` adds nothing and is left out. */
export function partsOf(pattern: string): readonly string[] {
  return segmentsOf(pattern).filter((part, index, all) => part !== '**' || all[index - 1] !== '**');
}

/** Where the first segment begins, behind the leading slash. */
export function firstSegment(destination: string): number {
  return Math.min(1, destination.length);
}

/** Where the next segment begins; behind the length where there is none. */
export function nextSegment(destination: string, at: number): number {
  let end = at;
  while (!endsAt(destination, end)) end += 1;
  return end + 1;
}

/**
 * Whether the segments from a place on match these parts. Where a part fails, only the last `**` before it has
 * to take one more: what an earlier one could take instead, the last one can take as well.
 */
export function matchesFrom(parts: readonly string[], destination: string, from: number): boolean {
  let [at, index] = [from, 0];
  let [retryAt, retryIndex] = [from, -1];
  while (at <= destination.length) {
    const part = parts[index];
    if (part === '**') {
      index += 1;
      if (index === parts.length) return true;
      [retryAt, retryIndex] = [at, index];
      continue;
    }
    const next = part === undefined ? -1 : behind(part, destination, at);
    if (next > 0) {
      at = next;
      index += 1;
    } else {
      if (retryIndex < 0) return false;
      retryAt = nextSegment(destination, retryAt);
      [at, index] = [retryAt, retryIndex];
    }
  }
  return index === parts.length || (index === parts.length - 1 && parts[index] === '**');
}

// Where the segment behind one that this part matches begins, or -1.
function behind(part: string, destination: string, at: number): number {
  if (part === '*') return nextSegment(destination, at);
  const end = at + part.length;
  return destination.startsWith(part, at) && endsAt(destination, end) ? end + 1 : -1;
}

function endsAt(destination: string, at: number): boolean {
  if (at >= destination.length) return true;
  const code = destination.charCodeAt(at);
  return code === slash || code === dot;
}

const [slash, dot] = [0x2f, 0x2e];
