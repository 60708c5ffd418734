/** How large a sparkline is, px. */
export const sparkWidth = 80;
/** How high it is, px. */
export const sparkHeight = 18;
/** Room for the line's own width and for the dot. */
const inset = 2;

/** The path of a line that breaks where values are missing, and where its newest value stands. */
export function sparkPath(values: readonly number[]): {
  line: string;
  dot: { x: number; y: number } | undefined;
} {
  const reach = 2.5 * spacingOf(values);
  let line = '';
  let last: { at: number; x: number; y: number } | undefined;
  for (const [at, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const x = rounded(inset + ((sparkWidth - 2 * inset) * at) / (values.length - 1));
    const y = rounded(
      sparkHeight - inset - ((sparkHeight - 2 * inset) * Math.min(Math.max(value, 0), 100)) / 100,
    );
    line += `${last && at - last.at <= reach ? 'L' : 'M'}${x} ${y}`;
    last = { at, x, y };
  }
  return { line, dot: last && values.length - 1 - last.at <= reach ? { x: last.x, y: last.y } : undefined };
}

/** How far apart values stand where they stand close: a host may report less often than others. */
function spacingOf(values: readonly number[]): number {
  let spacing = Infinity;
  let before: number | undefined;
  for (const [at, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    if (before !== undefined) spacing = Math.min(spacing, at - before);
    before = at;
  }
  return spacing === Infinity ? 1 : spacing;
}

function rounded(px: number): number {
  return Math.round(px * 10) / 10;
}
