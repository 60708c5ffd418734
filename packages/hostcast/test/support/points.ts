import type { Field, Point } from '@hostcast/tsdb';

/** A point in one line: `point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: 10 }, timeMs)`. */
export function point(
  measurement: string,
  tags: Record<string, string>,
  fields: Record<string, number | string | boolean>,
  timeMs: number,
): Point {
  return {
    measurement,
    tags: Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)),
    fields: Object.entries(fields).map(([name, value]) => toField(name, value)),
    timeMs,
  };
}

function toField(name: string, value: number | string | boolean): Field {
  if (typeof value === 'string') return { name, type: 'string', value };
  if (typeof value === 'boolean') return { name, type: 'boolean', value };
  return { name, type: 'float', value };
}
