/** Rows under their heads, in columns as wide as what is in them. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lineOf = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
  return all.map((row) => `${lineOf(row).trimEnd()}\n`).join('');
}

/** A time of a person's scale: `2026-11-22 18:04 UTC`. */
export function timeInWords(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
