import { csvText, isoTime, type SaveFormat, saveText } from '../parts/save.ts';

/** What of the connections is shown: rows of sessions, of the log or of destinations, in their order. */
export interface ShownListing {
  readonly id: 'now' | 'log' | 'destinations';
  readonly rows: readonly object[];
}

/** Fields that are epoch ms. */
const times: ReadonlySet<string> = new Set(['time', 'since', 'publishedMs']);

/** Has the browser save what is shown, as `hostcast-connections-log-2026-11-23T00-43-20Z.csv`. */
export function saveListing(shown: ShownListing, timeMs: number, format: SaveFormat): void {
  const text = format === 'csv' ? listingCsv(shown) : listingJson(shown, timeMs);
  saveText(text, { name: `connections-${shown.id}`, timeMs, format });
}

/** A line per row, a column per field that any of them has, by the names that the API has for them. */
export function listingCsv({ rows }: ShownListing): string {
  const maps = rows.map((row) => new Map<string, unknown>(Object.entries(row)));
  const names = [...new Set(maps.flatMap((row) => [...row.keys()]))];
  return csvText([names, ...maps.map((row) => names.map((name) => cellOf(name, row.get(name))))]);
}

/** `{"time":"2026-…","log":[{"time":1795394600000,"event":"connect",…}]}`: rows as the API gives them. */
export function listingJson({ id, rows }: ShownListing, timeMs: number): string {
  return `${JSON.stringify({ time: isoTime(timeMs), [id]: rows }, null, 1)}\n`;
}

function cellOf(name: string, value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return times.has(name) ? isoTime(value) : value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
