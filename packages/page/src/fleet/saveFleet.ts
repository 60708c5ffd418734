import type { HostRow } from '../live/snapshots.ts';
import { csvText, isoTime, type SaveFormat, saveText } from '../parts/save.ts';
import type { SortKey } from './order.ts';

/** What of the fleet is shown: its time in epoch ms, its hosts in their order, and the columns. */
export interface ShownFleet {
  readonly time: number;
  readonly rows: readonly HostRow[];
  readonly columns: readonly SortKey[];
}

/** Has the browser save what is shown, as `hostcast-fleet-2026-11-23T00-43-20Z.csv`. */
export function saveFleet(fleet: ShownFleet, format: SaveFormat): void {
  const text = format === 'csv' ? fleetCsv(fleet) : fleetJson(fleet);
  saveText(text, { name: 'fleet', timeMs: fleet.time, format });
}

/** A line per host, with a head. */
export function fleetCsv({ rows, columns }: ShownFleet): string {
  const names = ['host', 'state', 'seen', ...fieldsOf(columns), 'tags'];
  const lines = rows.map((row) => {
    const tags = row.tags.map((tag) => tag.join('=')).join(' ');
    return [row.host, row.state, isoTime(row.seenMs), ...fieldsOf(columns).map((key) => row[key]), tags];
  });
  return csvText([names, ...lines]);
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
    if (key === 'state' || key === 'host' || key === 'age') return [];
    return key === 'load' ? (['load1', 'cores'] as const) : [key];
  });
}
