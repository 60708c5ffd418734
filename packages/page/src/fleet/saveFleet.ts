import type { HostRow } from '../live/snapshots.ts';
import type { SortKey } from './order.ts';

/** What of the fleet is shown: its time in epoch ms, its hosts in their order, and the columns. */
export interface ShownFleet {
  readonly time: number;
  readonly rows: readonly HostRow[];
  readonly columns: readonly SortKey[];
}

type Cell = string | number | null;

/** Has the browser save what is shown, as `hostcast-fleet-2026-11-23T00-43-20Z.csv`. */
export function saveFleet(fleet: ShownFleet, format: 'csv' | 'json'): void {
  const text = format === 'csv' ? fleetCsv(fleet) : fleetJson(fleet);
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  const time = isoTime(fleet.time)?.replace(/:/g, '-').replace(/\.\d+/, '');
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `hostcast-fleet-${time}.${format}`;
  link.click();
  URL.revokeObjectURL(url);
}

/**
 * RFC 4180 with a head, and a byte order mark without which spreadsheets take Korean for something else. A text that
 * they would take for a formula begins with an apostrophe.
 */
export function fleetCsv({ rows, columns }: ShownFleet): string {
  const names = ['host', 'state', 'seen', ...fieldsOf(columns), 'tags'];
  const lines = rows.map((row) => {
    const tags = row.tags.map((tag) => tag.join('=')).join(' ');
    return [row.host, row.state, isoTime(row.seenMs), ...fieldsOf(columns).map((key) => row[key]), tags];
  });
  return `\ufeff${[names, ...lines].map((line) => `${line.map(csvCell).join()}\r\n`).join('')}`;
}

/** `{"time":"2026-…","hosts":[{"host":"web-1","state":"live","seen":"2026-…","cpu":12.5,"tags":{"dc":"icn"}}]}` */
export function fleetJson({ time, rows, columns }: ShownFleet): string {
  const hosts = rows.map((row) => ({
    host: row.host,
    state: row.state,
    seen: isoTime(row.seenMs),
    ...Object.fromEntries(fieldsOf(columns).map((key) => [key, row[key]])),
    tags: Object.fromEntries(row.tags),
  }));
  return `${JSON.stringify({ time: isoTime(time), hosts }, null, 1)}\n`;
}

function fieldsOf(columns: readonly SortKey[]) {
  return columns.flatMap((key) => {
    if (key === 'host' || key === 'age') return [];
    return key === 'load' ? (['load1', 'cores'] as const) : [key];
  });
}

function isoTime(timeMs: number | null): string | null {
  return timeMs === null ? null : new Date(timeMs).toISOString();
}

function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null ? '' : String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
