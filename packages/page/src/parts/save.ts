type Cell = string | number | null;

const types = { csv: 'text/csv', json: 'application/json' } as const;

/** What can be saved of what is shown. */
export type SaveFormat = keyof typeof types;

/** Has the browser save a text of a time, as `hostcast-fleet-2026-11-23T00-43-20Z.csv`. */
export function saveText(
  text: string,
  { name, timeMs, format }: { name: string; timeMs: number; format: SaveFormat },
): void {
  const time = isoTime(timeMs)?.replace(/:/g, '-').replace(/\.\d+/, '');
  const url = URL.createObjectURL(new Blob([text], { type: `${types[format]};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `hostcast-${name.replace(/[^\p{L}\p{N}._-]+/gu, '_')}-${time}.${format}`;
  link.click();
  URL.revokeObjectURL(url);
}

/**
 * RFC 4180 with a head, and a byte order mark without which spreadsheets take Korean for something else. A text that
 * they would take for a formula begins with an apostrophe.
 */
export function csvText(lines: readonly (readonly Cell[])[]): string {
  return `\ufeff${lines.map((line) => `${line.map(csvCell).join()}\r\n`).join('')}`;
}

/** `2026-11-23T00:43:20.000Z` */
export function isoTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}

function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
