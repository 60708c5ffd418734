/**
 * The known name that a wrong one was perhaps meant to be: as it is without regard to case, `_`, `-` and `.`,
 * or at most a few letters off. Undefined where nothing is near.
 */
export function nearest(wrong: string, known: Iterable<string>): string | undefined {
  const given = plain(wrong);
  if (given.length > largestName) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(given.length * 0.4)) + 1;
  for (const name of known) {
    const distance = editDistance(given, plain(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

const largestName = 60;

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_.]/g, '');
}

/** Letters to insert, delete, change, or swap with their neighbour (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, j) => j);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const change = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, change);
      const isSwap = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwap) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[other.length]!;
}
